"""The fileserver on a FUSE mount that takes its time, or hangs."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from fileserver.readers import CHUNK_BYTES
from postflow.bus import Bus
from postflow.messages import FileReady
from tests.integration.fileserver_site import FOLDER, Site, address, until
from tests.nats_fixtures import NatsServer
from tests.slowmount.mounting import Kind, SlowMount

CONTENT = os.urandom(CHUNK_BYTES) * 32


@pytest.fixture
async def mounted_site(slow_mount: SlowMount, nats: NatsServer, bus: Bus, tmp_path: Path) -> AsyncIterator[Site]:
    """A started site whose volume is the mount."""
    (slow_mount.backing / FOLDER).mkdir()
    site = Site(nats, bus, slow_mount.at)
    await site.start()
    try:
        yield site
    finally:
        await site.http.aclose()
        await site.stop()


def write(site: Site, mount: SlowMount, name: str) -> FileReady:
    """Another machine writes a film."""
    (mount.backing / FOLDER / name).write_bytes(CONTENT)
    return site.announced(name)


async def test_it_does_not_wait_for_one_read_after_the_other(mounted_site: Site, slow_mount: SlowMount) -> None:
    url = address(await mounted_site.expose(write(mounted_site, slow_mount, "a.mov")))
    slow_mount.delay(Kind.READ, read_s := 0.2)
    asked_before, began = slow_mount.asked(Kind.READ), time.monotonic()
    assert (await mounted_site.http.get(url)).content == CONTENT
    asked = slow_mount.asked(Kind.READ) - asked_before
    assert time.monotonic() - began < asked * read_s / 3


async def test_what_is_far_away_is_asked_for_in_large_questions(mounted_site: Site, slow_mount: SlowMount) -> None:
    url = address(await mounted_site.expose(write(mounted_site, slow_mount, "a.mov")))
    slow_mount.delay(Kind.READ, 0.05)
    asked_before = slow_mount.asked(Kind.READ)
    assert (await mounted_site.http.get(url)).content == CONTENT
    chunks = len(CONTENT) // CHUNK_BYTES
    assert slow_mount.asked(Kind.READ) - asked_before < 1.5 * chunks, "through the page cache it is four for each"


async def test_what_is_far_away_is_found_changed_too(mounted_site: Site, slow_mount: SlowMount) -> None:
    message = write(mounted_site, slow_mount, "a.mov")
    url = address(await mounted_site.expose(message))
    slow_mount.delay(Kind.READ, 0.05)
    async with mounted_site.http.stream("GET", url) as answer:
        pieces = answer.aiter_raw()
        await anext(pieces)
        (slow_mount.backing / FOLDER / "a.mov").write_bytes(os.urandom(len(CONTENT)))
        with pytest.raises(httpx.TransportError):
            async for _ in pieces:
                pass
    assert (await mounted_site.record(message)).tainted


async def test_little_is_read_that_the_client_does_not_take(mounted_site: Site, slow_mount: SlowMount) -> None:
    url = address(await mounted_site.expose(write(mounted_site, slow_mount, "a.mov")))
    slow_mount.delay(Kind.READ, 0.001)
    asked_before = slow_mount.asked(Kind.READ)
    assert (await mounted_site.http.get(url, headers={"Range": "bytes=0-99"})).content == CONTENT[:100]
    assert slow_mount.asked(Kind.READ) - asked_before <= 2


async def test_a_film_that_hangs_holds_up_no_other(mounted_site: Site, slow_mount: SlowMount) -> None:
    hanging = write(mounted_site, slow_mount, "a.mov")
    other = write(mounted_site, slow_mount, "b.mov")
    url = address(await mounted_site.expose(hanging))
    with slow_mount.hanging(Kind.READ, only="a.mov"):
        asked = asyncio.create_task(mounted_site.http.get(url))
        await until(lambda: _is_fetching(mounted_site, hanging))
        got = await mounted_site.http.get(address(await mounted_site.expose(other)))
        assert got.content == CONTENT
        await mounted_site.ended(hanging)
        with pytest.raises(httpx.TransportError):  # cut at once, though nobody can take back what the mount was asked
            await asyncio.wait_for(asked, 10)


async def _is_fetching(site: Site, message: FileReady) -> bool:
    return (await site.record(message)).fetching


async def test_what_is_lent_of_a_film_that_becomes_slow_is_soon_read_ahead_again(
    mounted_site: Site, slow_mount: SlowMount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel goes on for as long as the client keeps up, however slow the mount."""
    monkeypatch.setattr("fileserver.pace.SWIFT_S", 60.0)  # all of it seems to be cached
    monkeypatch.setattr("fileserver.lending.copied_end_bytes", lambda: CHUNK_BYTES)
    monkeypatch.setattr("fileserver.readers.MOMENT_S", 0.1)
    sent: list[int] = []
    sendfile = os.sendfile

    def counted(out: int, file: int, offset: int, count: int) -> int:
        sent.append(more := sendfile(out, file, offset, count))
        return more

    monkeypatch.setattr(os, "sendfile", counted)
    url = address(await mounted_site.expose(write(mounted_site, slow_mount, "a.mov")))
    slow_mount.delay(Kind.READ, 0.02)
    assert (await mounted_site.http.get(url)).content == CONTENT
    assert 0 < max(sent) <= CHUNK_BYTES
    assert sum(sent) < len(CONTENT) / 2
