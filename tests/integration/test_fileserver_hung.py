"""The fileserver on a mount that does not answer for one film: who waits, for how long, and who does not."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from fileserver import looking, unanswered, volume
from fileserver.live import MOST_REQUESTS
from fileserver.readers import CHUNK_BYTES
from fileserver.readers import THREADS as READERS
from fileserver.volume import Volume
from postflow.messages import FileReady
from tests.integration.fileserver_site import FOLDER, Site, address, until
from tests.integration.test_fileserver_process import started
from tests.slowmount.mounting import Kind, SlowMount

CONTENT = os.urandom(CHUNK_BYTES) * 8

AT_ONCE_S = 10.0
"""Far less than the mount is given to answer."""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def volumes(monkeypatch: pytest.MonkeyPatch) -> list[Volume]:
    """Those that the site makes."""
    made: list[Volume] = []

    def noted(root: Path) -> Volume:
        made.append(Volume(root))
        return made[-1]

    monkeypatch.setattr("fileserver.parts.Volume", noted)
    return made


@pytest.fixture
async def on_mount(site: Site, slow_mount: SlowMount, volumes: list[Volume]) -> Site:
    """Started, over the mount."""
    assert slow_mount.at == site.root
    (slow_mount.backing / FOLDER).mkdir(exist_ok=True)
    await site.start()
    return site


def written(site: Site, mount: SlowMount, name: str) -> FileReady:
    (mount.backing / FOLDER / name).write_bytes(CONTENT)
    return site.announced(name)


def many(site: Site, url: str, count: int = MOST_REQUESTS) -> list[asyncio.Task[httpx.Response]]:
    return [asyncio.create_task(site.http.get(url)) for _ in range(count)]


async def is_asked(mount: SlowMount, kind: Kind, before: int) -> None:
    async def asked() -> bool:
        return mount.asked(kind) > before

    await until(asked)


@asynccontextmanager
async def kept_waiting(
    site: Site, mount: SlowMount, count: int = MOST_REQUESTS
) -> AsyncIterator[tuple[FileReady, list[asyncio.Task[httpx.Response]]]]:
    """A film that cannot be opened meanwhile, and requests for it."""
    film = written(site, mount, "a.mov")
    url = address(await site.expose(film))
    before = mount.asked(Kind.OPEN)
    with mount.hanging(Kind.OPEN, only="a.mov"):
        waiting = many(site, url, count)
        await is_asked(mount, Kind.OPEN, before)
        yield film, waiting


async def ended(tasks: list[asyncio.Task[httpx.Response]]) -> list[int]:
    """What they were answered; 0 for one that was cut. All of them, at once."""
    async with asyncio.timeout(AT_ONCE_S):
        found = await asyncio.gather(*tasks, return_exceptions=True)
    return [answer.status_code if isinstance(answer, httpx.Response) else 0 for answer in found]


async def is_logged(site: Site, words: str) -> None:
    async def told() -> bool:
        return any(words in str(line.get("why")) for line in site.logged())

    await until(told, AT_ONCE_S)


async def all_are_free(submit: Callable[[Callable[[], object]], object], count: int) -> None:
    """So many threads can be had at once."""
    together = threading.Barrier(count + 1)
    for _ in range(count):
        submit(lambda: together.wait(AT_ONCE_S))
    await asyncio.to_thread(together.wait, AT_ONCE_S)


async def test_who_waits_for_a_file_that_hangs_is_let_go_when_the_exposure_ends(
    on_mount: Site, slow_mount: SlowMount
) -> None:
    async with kept_waiting(on_mount, slow_mount) as (film, waiting):
        await on_mount.ended(film)
        assert set(await ended(waiting)) == {410}


async def test_nobody_waits_for_a_file_that_hangs_on_behalf_of_a_client_that_left(
    on_mount: Site, slow_mount: SlowMount
) -> None:
    async with kept_waiting(on_mount, slow_mount, 1) as (_, (waiting,)):
        waiting.cancel()
        await is_logged(on_mount, "the client went away")


async def test_a_file_that_hangs_takes_few_threads_and_further_requests_are_told_to_come_again(
    on_mount: Site, slow_mount: SlowMount, volumes: list[Volume], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unanswered, "HANGS_S", 0.5)
    film, other = written(on_mount, slow_mount, "a.mov"), written(on_mount, slow_mount, "b.mov")
    url = address(await on_mount.expose(film))
    before = slow_mount.asked(Kind.OPEN)
    with slow_mount.hanging(Kind.OPEN, only="a.mov"):
        waiting = many(on_mount, url)
        done = set[asyncio.Task[httpx.Response]]()
        async with asyncio.timeout(AT_ONCE_S):
            while len(done) < MOST_REQUESTS - unanswered.MOST_LOOKS:
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=0.1)
        assert {(task.result().status_code, task.result().headers["retry-after"]) for task in done} == {(503, "30")}
        assert slow_mount.asked(Kind.OPEN) - before == unanswered.MOST_LOOKS
        await is_logged(on_mount, "the volume: it hangs")

        async with asyncio.timeout(AT_ONCE_S):
            assert (await on_mount.http.get(address(await on_mount.expose(other)))).content == CONTENT
            assert not await volumes[0].is_empty()
        assert on_mount.health()["volume"].ok

        await on_mount.ended(film)
        assert set(await ended([task for task in waiting if task not in done])) == {410}
    await all_are_free(volumes[0].pool.submit, volume.THREADS)


async def test_it_is_served_again_when_the_mount_answers(
    on_mount: Site, slow_mount: SlowMount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unanswered, "HANGS_S", 0.5)
    film = written(on_mount, slow_mount, "a.mov")
    url = address(await on_mount.expose(film))
    with slow_mount.hanging(Kind.OPEN, only="a.mov"):
        waiting = many(on_mount, url)
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    statuses = sorted(await ended(waiting))
    assert statuses[: unanswered.MOST_LOOKS] == [200] * unanswered.MOST_LOOKS
    assert (await on_mount.http.get(url)).content == CONTENT


@pytest.mark.parametrize("slow_mount", [{"is_direct": True}], indirect=True)
async def test_reads_that_hang_of_one_film_leave_threads_for_the_others(
    on_mount: Site, slow_mount: SlowMount, volumes: list[Volume], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has many requests for it is let go, and comes again with each new address."""
    monkeypatch.setattr(unanswered, "HANGS_S", 0.5)
    film, other = written(on_mount, slow_mount, "a.mov"), written(on_mount, slow_mount, "b.mov")
    with slow_mount.hanging(Kind.READ, only="a.mov"):
        await on_mount.bus.publish(film)
        for exposure in (1, 2, 3, 4):
            url = address(await on_mount.exposed(film, exposure))
            before = slow_mount.asked(Kind.READ)
            waiting = many(on_mount, url)
            if exposure == 1:
                await is_asked(slow_mount, Kind.READ, before)
            await asyncio.wait(waiting, timeout=1)
            await on_mount.stale(film, exposure)
            assert set(await ended(waiting)) <= {0, 410, 503}
        async with asyncio.timeout(AT_ONCE_S):
            assert (await on_mount.http.get(address(await on_mount.expose(other)))).content == CONTENT
    await all_are_free(volumes[0].readers.begin, READERS)


async def test_a_file_that_hangs_keeps_no_other_from_being_exposed(
    on_mount: Site, slow_mount: SlowMount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOK_S", 0.5)
    monkeypatch.setattr(looking, "AGAIN_S", 0.5)
    film, other = written(on_mount, slow_mount, "a.mov"), written(on_mount, slow_mount, "b.mov")
    with slow_mount.hanging(Kind.OPEN, only="a.mov"):
        before = slow_mount.asked(Kind.OPEN)
        await on_mount.bus.publish(film)
        await is_asked(slow_mount, Kind.OPEN, before)
        async with asyncio.timeout(AT_ONCE_S):
            await on_mount.expose(other)
    assert await on_mount.fetched(film) == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_file_that_cannot_be_closed_holds_up_nobody(
    on_mount: Site, slow_mount: SlowMount, volumes: list[Volume], method: str
) -> None:
    film, other = written(on_mount, slow_mount, "a.mov"), written(on_mount, slow_mount, "b.mov")
    url, beside = address(await on_mount.expose(film)), address(await on_mount.expose(other))
    seen = threading.Event()
    hangs = threading.Thread(target=_hang, args=(slow_mount, seen))
    before = slow_mount.asked(Kind.CLOSE)
    hangs.start()
    try:
        asked = asyncio.create_task(on_mount.http.request(method, url))
        await is_asked(slow_mount, Kind.CLOSE, before)
        assert (await on_mount.http.get(beside)).content == CONTENT
        assert hangs.is_alive(), "it was served only when the file could be closed"
    finally:
        seen.set()
        hangs.join()
    assert (await asked).status_code == 200
    await all_are_free(volumes[0].readers.begin, READERS)


def _hang(mount: SlowMount, seen: threading.Event) -> None:
    """Until it was seen, but not for ever: a thread that waits for it might be our own."""
    with mount.hanging(Kind.CLOSE, only="a.mov"):
        seen.wait(AT_ONCE_S)


async def test_who_waits_for_others_to_be_served_is_let_go_when_the_exposure_ends(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fileserver.door.MOST_PULLS", 1)
    await site.start()
    served, film = site.sparse("a.mov", 64 * CHUNK_BYTES), site.write("b.mov", CONTENT)
    url, waits_at = address(await site.expose(served)), address(await site.expose(film))
    async with site.http.stream("GET", url):
        (waiting,) = many(site, waits_at, 1)
        await until(lambda: _is_asked_for(site, film))
        await site.ended(film)
        assert await ended([waiting]) == [410]


async def _is_asked_for(site: Site, message: FileReady) -> bool:
    return (await site.transfer(message)).first_get_at is not None


async def test_it_ends_also_while_the_mount_hangs(site: Site, slow_mount: SlowMount) -> None:
    (slow_mount.backing / FOLDER).mkdir(exist_ok=True)
    message = written(site, slow_mount, "a.mov")
    async with started(site) as process:
        url = address(await site.expose(message))
        before = slow_mount.asked(Kind.READ)
        with slow_mount.hanging(Kind.READ):
            asked = asyncio.create_task(site.http.get(url))
            await is_asked(slow_mount, Kind.READ, before)
            asked.cancel()
            process.ask_to_stop()
            code, said = await process.end()
    assert (code, '"action":"stopped"' in said.replace(" ", "")) == (0, True)
