"""A filespace that is unmounted over a folder with files in it, and another volume that is the right one."""

import os
import shutil

import pytest

from console.checking import checked
from fileserver.provenance import Proven
from fileserver.readers import CHUNK_BYTES
from postflow.messages import FileExposed, FileReady
from postflow.topology import STREAM
from tests.integration.fileserver_site import FOLDER, Site, address, until
from tests.integration.test_fileserver_bad_days import broken, is_said
from tests.slowmount.mounting import SlowMount

CONTENT = os.urandom(3 * CHUNK_BYTES)
LARGE_BYTES = 64 * CHUNK_BYTES

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.__main__.SWEEP_S", 0.1)
    monkeypatch.setattr("fileserver.expose.VOLUME_LOOK_S", 0.05)
    monkeypatch.setattr("fileserver.inspection.VOLUME_WAIT_S", 0.1)


@pytest.fixture
async def mounted(site: Site, slow_mount: SlowMount) -> Site:
    """A site over a mount, below which a folder of the host holds other files under the same names."""
    slow_mount.unmount()
    below(site, "a.mov")
    slow_mount.mount()
    (slow_mount.backing / FOLDER).mkdir()
    await site.start()
    return site


def below(site: Site, *names: str) -> None:
    for name in names:
        (site.root / FOLDER / name).write_bytes(b"short")


def film(site: Site, mount: SlowMount, name: str, content: bytes = CONTENT) -> FileReady:
    (mount.backing / FOLDER / name).write_bytes(content)
    return site.announced(name)


async def until_volume(site: Site, *, ok: bool, says: str = "") -> str:
    async def told() -> bool:
        check = site.health()["volume"]
        return check.ok is ok and says in check.detail

    await until(told)
    return f"{site.health()['volume'].detail}. {site.health()['volume'].what_to_do}"


async def was_delivered(site: Site, *, times: int) -> bool:
    info = await site.bus.jetstream.consumer_info(STREAM, "fileserver-expose-small")
    return info.delivered is not None and info.delivered.consumer_seq >= times


async def refused(site: Site, message: FileReady) -> str:
    last = await site.last(f"postflow.file.exposed.{message.file_id}")
    assert isinstance(last, FileExposed)
    return last.refusal.code if last.refusal else ""


@pytest.mark.parametrize("is_restarted", [False, True], ids=["running on", "restarted"])
async def test_a_film_is_not_gone_because_its_mount_is_and_goes_on_when_it_is_back(
    mounted: Site, slow_mount: SlowMount, is_restarted: bool
) -> None:
    changed, gone = (film(mounted, slow_mount, name) for name in ("a.mov", "b.mov"))
    urls = [address(await mounted.expose(message)) for message in (changed, gone)]
    slow_mount.unmount()
    if is_restarted:
        await mounted.stop()
        await mounted.start()
    assert [(await mounted.http.get(url)).status_code for url in urls] == [503, 503]
    said = await until_volume(mounted, ok=False, says="another volume is mounted")
    assert "and before fuse" in said
    assert "Mount the right one" in said
    assert not any([(await mounted.transfer(message)).tainted for message in (changed, gone)])
    slow_mount.mount()
    assert [(await mounted.http.get(url)).content == CONTENT for url in urls] == [True, True]
    await until_volume(mounted, ok=True)


async def test_a_film_that_is_announced_meanwhile_is_exposed_when_the_mount_is_back(
    mounted: Site, slow_mount: SlowMount
) -> None:
    await mounted.expose(film(mounted, slow_mount, "b.mov"))
    waiting = film(mounted, slow_mount, "a.mov")
    slow_mount.unmount()
    await mounted.bus.publish(waiting)
    await until_volume(mounted, ok=False, says="another volume is mounted")
    await until(lambda: was_delivered(mounted, times=4))  # the film before it, and this one again and again
    assert await mounted.last(f"postflow.file.exposed.{waiting.file_id}") is None
    slow_mount.mount()
    assert await mounted.fetched(waiting) == 200


async def test_another_volume_with_the_film_that_was_announced_is_the_right_one(
    mounted: Site, slow_mount: SlowMount
) -> None:
    before = film(mounted, slow_mount, "b.mov")
    await mounted.expose(before)
    slow_mount.unmount()
    await until_volume(mounted, ok=False, says="another volume is mounted")
    after = await mounted.expose(mounted.write("c.mov", CONTENT))
    assert (await mounted.http.get(address(after))).content == CONTENT
    await until_volume(mounted, ok=True)
    held = await (await mounted.bus.records("exposures", Proven)).get("mount")
    assert held is not None
    assert not held.value.kind.startswith("fuse")
    assert (await mounted.http.get(address(await mounted.exposed(before)))).status_code == 409


async def test_another_volume_with_the_latest_film_is_known_at_once(mounted: Site, slow_mount: SlowMount) -> None:
    latest = film(mounted, slow_mount, "b.mov")
    url = address(await mounted.expose(latest))
    await mounted.stop()
    slow_mount.unmount()
    shutil.copy2(slow_mount.backing / FOLDER / "b.mov", mounted.root / FOLDER / "b.mov")
    await mounted.start()
    await until_volume(mounted, ok=True)
    assert (await mounted.http.get(url)).content == CONTENT


async def test_a_film_that_a_person_has_tried_does_not_prove_another_volume_right(
    mounted: Site, slow_mount: SlowMount
) -> None:
    url = address(await mounted.expose(film(mounted, slow_mount, "b.mov")))
    slow_mount.unmount()
    tried = [answer async for answer in checked(mounted.bus, f"{FOLDER}/a.mov", whole=True)][-1]
    assert (tried.done, tried.got_bytes) == (True, len(b"short"))
    assert (await mounted.http.get(url)).status_code == 503
    await until_volume(mounted, ok=False, says="another volume is mounted")


async def test_a_film_that_is_gone_from_the_right_mount_is_gone(mounted: Site, slow_mount: SlowMount) -> None:
    exposed, announced = (film(mounted, slow_mount, name) for name in ("b.mov", "c.mov"))
    url = address(await mounted.expose(exposed))
    for message in (exposed, announced):
        (slow_mount.backing / message.path).unlink()
    assert (await mounted.http.get(url)).status_code == 409
    assert (await mounted.transfer(exposed)).tainted
    await mounted.expose(announced)
    assert await refused(mounted, announced) == "FILE_GONE"
    await until_volume(mounted, ok=True)


async def test_a_pull_whose_mount_goes_before_its_end_is_cut_and_says_nothing_of_the_film(
    mounted: Site, slow_mount: SlowMount
) -> None:
    message = film(mounted, slow_mount, "a.mov", os.urandom(LARGE_BYTES))
    url = address(await mounted.expose(message))
    async with mounted.http.stream("GET", url) as answer:
        slow_mount.detach()
        assert await broken(answer) < LARGE_BYTES
        await is_said(mounted, "nobody can tell whether the revision changed")
    assert not (await mounted.transfer(message)).tainted
    slow_mount.kill()
    slow_mount.mount()
    assert len((await mounted.http.get(url)).content) == LARGE_BYTES
