"""A mount that fails while a film is sent, a film of 300 GB, a clock that jumps: what is said, and what is kept."""

import asyncio
import os
import time
from datetime import timedelta

import httpx
import pytest

from fileserver import pull
from fileserver.readers import CHUNK_BYTES
from fileserver.volume import Volume
from postflow import clock
from postflow.messages import FileReady
from tests.integration.fileserver_site import FOLDER, Site, address, until
from tests.slowmount.mounting import Kind, SlowMount

LARGE_BYTES = 64 * CHUNK_BYTES
"""More than the buffers between a server and a client that does not read."""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def film(site: Site, slow_mount: SlowMount) -> FileReady:
    """On the mount, written by another machine."""
    return written(site, slow_mount, "a.mov", os.urandom(LARGE_BYTES))


def written(site: Site, slow_mount: SlowMount, name: str, content: bytes) -> FileReady:
    assert slow_mount.at == site.root
    path = slow_mount.backing / FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return site.announced(name)


async def broken(answer: httpx.Response) -> int:
    """How many bytes came before it broke off."""
    received = 0
    try:
        async for chunk in answer.aiter_raw():
            received += len(chunk)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return received
    pytest.fail("it arrived whole")


def why(site: Site) -> str:
    """A fetch was cut, by the last line that says so."""
    ends = [line["why"] for line in site.logged() if line["event"] == "ends" and line.get("cut")]
    return str(ends[-1]) if ends else ""


async def is_said(site: Site, words: str) -> None:
    async def told() -> bool:
        return words in why(site)

    await until(told)


@pytest.mark.parametrize("slow_mount", [{"is_direct": True}], indirect=True)
async def test_a_disk_error_cuts_the_fetch_and_the_next_one_is_served(
    site: Site, film: FileReady, slow_mount: SlowMount
) -> None:
    await site.start()
    exposed = await site.expose(film)
    async with site.http.stream("GET", address(exposed)) as answer:
        with slow_mount.failing(Kind.READ, "a.mov"):
            assert await broken(answer) < LARGE_BYTES
            await is_said(site, "the volume: Input/output error")
    assert not (await site.transfer(film)).tainted
    assert (await site.transfer(film)).is_open
    whole = (await site.http.get(address(exposed))).content
    assert whole == site.path(film).read_bytes()


@pytest.mark.parametrize("slow_mount", [{"is_direct": True}], indirect=True)
async def test_a_read_that_hangs_is_cut_in_time_and_another_film_is_served_meanwhile(
    site: Site, film: FileReady, slow_mount: SlowMount, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_content = os.urandom(3 * CHUNK_BYTES)
    other = written(site, slow_mount, "b.mov", other_content)
    await site.start()
    exposed, beside = await site.expose(film), await site.expose(other)
    monkeypatch.setattr(Volume.answer, "__kwdefaults__", {"patience_s": 1.0})
    with slow_mount.hanging(Kind.READ, "a.mov"):
        hanging = asyncio.create_task(site.http.get(address(exposed)))
        assert (await site.http.get(address(beside))).content == other_content
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await hanging
        await is_said(site, "the volume: no answer within 1 s")
    assert (await site.http.get(address(exposed), headers={"Range": "bytes=0-9"})).status_code == 206


@pytest.mark.parametrize("slow_mount", [{"is_direct": True}], indirect=True)
async def test_a_volume_that_goes_in_mid_transfer_loses_nothing(
    site: Site, film: FileReady, slow_mount: SlowMount
) -> None:
    content = site.path(film).read_bytes()
    await site.start()
    exposed = await site.expose(film)
    async with site.http.stream("GET", address(exposed)) as answer:
        slow_mount.kill()
        assert await broken(answer) < LARGE_BYTES
        await is_said(site, "the volume: ")
    away = await site.http.get(address(exposed))
    assert (away.status_code, away.content, away.headers["retry-after"]) == (503, b"", "30")
    assert not (await site.transfer(film)).tainted
    slow_mount.unmount()
    (site.root / FOLDER).rmdir()  # that of the host, below the mount: a mount point is empty
    assert (await site.http.get(address(exposed))).status_code == 503
    slow_mount.mount()
    assert (await site.http.get(address(exposed))).content == content


async def test_the_ends_of_a_film_of_300_gb_come_by_ranges(site: Site) -> None:
    size = 300 * 1024**3
    message = site.sparse("a.mov", size)
    with site.path(message).open("r+b") as file:
        first, last = os.urandom(CHUNK_BYTES), os.urandom(CHUNK_BYTES)
        file.write(first)
        file.seek(size - CHUNK_BYTES)
        file.write(last)
    message = site.announced("a.mov")
    await site.start()
    exposed = await site.expose(message)
    head = await site.http.head(address(exposed))
    assert (head.status_code, head.headers["content-length"]) == (200, str(size))
    beginning = await site.http.get(address(exposed), headers={"Range": f"bytes=0-{CHUNK_BYTES - 1}"})
    end = await site.http.get(address(exposed), headers={"Range": f"bytes=-{CHUNK_BYTES}"})
    behind = await site.http.get(address(exposed), headers={"Range": f"bytes={size}-"})
    assert (beginning.status_code, beginning.content == first) == (206, True)
    assert (end.status_code, end.content == last) == (206, True)
    assert end.headers["content-range"] == f"bytes {size - CHUNK_BYTES}-{size - 1}/{size}"
    assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{size}")
    assert (await site.transfer(message)).bytes_sent == 2 * CHUNK_BYTES


@pytest.mark.parametrize(
    ("jump", "status"),
    [
        pytest.param(timedelta(days=2), 410, id="forward"),
        pytest.param(timedelta(days=-400), 200, id="back"),
        pytest.param(timedelta(days=365 * 5000), 410, id="far off"),
    ],
)
async def test_a_clock_that_jumps_breaks_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, jump: timedelta, status: int
) -> None:
    off = timedelta()
    monkeypatch.setattr("fileserver.parts.now", lambda: clock.now() + off)
    await site.start()
    message = site.write("a.mov", b"film")
    exposed = await site.expose(message)
    off = jump
    assert (await site.http.get(address(exposed))).status_code == status
    off = timedelta()
    if status == 200:
        assert (await site.http.get(address(exposed))).content == b"film"


async def test_a_pull_by_an_address_that_expires_is_cut(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    off = timedelta()
    monkeypatch.setattr("fileserver.parts.now", lambda: clock.now() + off)
    monkeypatch.setattr("fileserver.__main__.SWEEP_S", 0.1)
    await site.start()
    message = site.sparse("a.mov", LARGE_BYTES)
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        off = timedelta(days=2)
        await is_said(site, "exposure expired")
        assert await broken(answer) < LARGE_BYTES
    again = await site.http.get(address(exposed), headers={"Range": "bytes=100-"})
    assert (again.status_code, again.content) == (410, b"")


async def test_a_pull_by_an_address_that_expires_is_cut_though_the_clock_was_set_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    off, passed_s = timedelta(), 0.0
    monkeypatch.setattr("fileserver.parts.now", lambda: clock.now() + off)
    monkeypatch.setattr("fileserver.parts.monotonic", lambda: time.monotonic() + passed_s)
    monkeypatch.setattr("fileserver.__main__.SWEEP_S", 0.1)
    await site.start()
    message = site.sparse("a.mov", LARGE_BYTES)
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        off, passed_s = -timedelta(days=2), timedelta(days=1).total_seconds()
        await is_said(site, "exposure expired")
        assert await broken(answer) < LARGE_BYTES
    assert (await site.http.get(address(exposed))).status_code == 410
    await until(lambda: _is_expired(site, message))
    await site.stale(message)
    assert await site.fetched(message, 2) == 200


async def _is_expired(site: Site, message: FileReady) -> bool:
    return (await site.record(message)).state == "expired" and await site.holders() == ()


async def test_who_takes_nothing_is_let_go_of(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "SEND_PATIENCE_S", 0.2)
    await site.start()
    message = site.sparse("a.mov", LARGE_BYTES)
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        await is_said(site, "the client took nothing for")
        assert await broken(answer) < LARGE_BYTES
