"""Films that are in the page cache and large enough to be lent: the same promises hold."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from fileserver.doorstep import Doorstep
from fileserver.film import Film
from fileserver.films import Films
from fileserver.lending import copied_end_bytes
from fileserver.readers import CHUNK_BYTES, lend
from fileserver.volume import OpenFile
from postflow.messages import FileReady
from tests.integration.fileserver_site import Site, address, until

LENT_BYTES = 64 * CHUNK_BYTES
"""More than the buffers between the two."""
COPIED_BYTES = copied_end_bytes() // CHUNK_BYTES * CHUNK_BYTES
FILM_BYTES = LENT_BYTES + COPIED_BYTES + 17
ON_ITS_WAY_BYTES = 16 * CHUNK_BYTES
"""At most, between a server and a client that does not read."""


@pytest.fixture(autouse=True)
async def _started(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.pace.SWIFT_S", 60.0)  # a busy machine is no mount
    monkeypatch.setattr("fileserver.pace.SLOW_S", 60.0)
    await site.start()


@pytest.fixture
def film(site: Site) -> FileReady:
    return site.write("a.mov", os.urandom(CHUNK_BYTES) * (FILM_BYTES // CHUNK_BYTES) + bytes(range(17)))


def lent() -> float:
    return REGISTRY.get_sample_value("postflow_fileserver_bytes_lent_total") or 0.0


@asynccontextmanager
async def begun(site: Site, film: FileReady) -> AsyncIterator["Fetch"]:
    """A fetch of the film that has just begun to be lent, and whose client has stopped reading."""
    before, exposed = lent(), await site.expose(film)
    async with site.http.stream("GET", address(exposed)) as answer:
        fetch = Fetch(answer.aiter_raw(CHUNK_BYTES))
        while lent() == before:
            assert await fetch.take()
        yield fetch


class Fetch:
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self.received = 0
        self._chunks = chunks

    async def take(self) -> bytes:
        chunk = await anext(self._chunks)
        self.received += len(chunk)
        return chunk

    async def is_cut(self) -> bool:
        """Whether it ends before its length."""
        try:
            while True:
                await self.take()
        except (httpx.RemoteProtocolError, httpx.ReadError):
            return self.received < FILM_BYTES
        except StopAsyncIteration:
            return False


async def test_it_arrives_as_it_is_and_most_of_it_was_lent(site: Site, film: FileReady) -> None:
    before, content = lent(), site.path(film).read_bytes()
    exposed = await site.expose(film)
    assert (await site.http.get(address(exposed))).content == content
    assert 0.8 * LENT_BYTES < lent() - before <= LENT_BYTES
    assert (await site.transfer(film)).bytes_sent == FILM_BYTES


async def test_a_connection_serves_on_after_it(site: Site, film: FileReady) -> None:
    url, content = address(await site.expose(film)), site.path(film).read_bytes()
    peers = set()
    for asked in (f"bytes=5-{FILM_BYTES - 2}", "bytes=0-9", f"bytes=1-{FILM_BYTES - 1}"):
        async with site.http.stream("GET", url, headers={"Range": asked}) as answer:
            peers.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
            first, last = map(int, asked.removeprefix("bytes=").split("-"))
            assert await answer.aread() == content[first : last + 1]
    assert len(peers) == 1


async def test_the_end_of_a_body_is_never_lent(site: Site, film: FileReady) -> None:
    before, exposed = lent(), await site.expose(film)
    asked = {"Range": f"bytes=0-{COPIED_BYTES - 1}"}
    assert len((await site.http.get(address(exposed), headers=asked)).content) == COPIED_BYTES
    assert lent() == before


async def test_overwritten_while_it_is_lent_it_never_arrives_whole(site: Site, film: FileReady) -> None:
    async with begun(site, film) as fetch:
        site.overwrite(film, b"\1" * FILM_BYTES)
        assert await fetch.is_cut()
    assert (await site.record(film)).tainted


async def test_overwritten_when_all_that_is_lent_has_left_it_never_arrives_whole(site: Site, film: FileReady) -> None:
    """What the client has not read yet is the file's own pages, and changes with them."""
    async with begun(site, film) as fetch:
        while fetch.received < LENT_BYTES - CHUNK_BYTES:
            await fetch.take()
        site.overwrite(film, b"\1" * FILM_BYTES)
        assert await fetch.is_cut()
    assert (await site.record(film)).tainted


async def test_overwritten_after_the_last_look_it_arrives_as_it_was(
    site: Site, film: FileReady, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would see it: whatever is still on its way to the client must be a copy by then."""
    looked, look = asyncio.Event(), Films.is_still

    async def watched(films: Films, announced: Film, file: OpenFile) -> bool:
        found = await look(films, announced, file)
        looked.set()
        return found

    monkeypatch.setattr(Films, "is_still", watched)
    content, exposed, before = site.path(film).read_bytes(), await site.expose(film), lent()
    received, is_changed = bytearray(), False
    async with site.http.stream("GET", address(exposed)) as answer:
        async for chunk in answer.aiter_raw(CHUNK_BYTES):
            received += chunk
            if FILM_BYTES - len(received) < ON_ITS_WAY_BYTES:
                await as_far_as_it_gets(looked)
            if looked.is_set() and not is_changed:
                site.overwrite(film, bytes(FILM_BYTES))
                is_changed = len(received) < FILM_BYTES
    assert is_changed
    assert lent() > before
    assert received == content


async def as_far_as_it_gets(looked: asyncio.Event) -> None:
    """Let the server go on for as long as its client reads nothing, or until it has looked at the film."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await looked.wait()


async def test_cut_short_while_it_is_lent_it_is_tainted(site: Site, film: FileReady) -> None:
    async with begun(site, film) as fetch:
        os.truncate(site.path(film), CHUNK_BYTES)
        assert await fetch.is_cut()
    assert (await site.record(film)).tainted


async def test_it_is_cut_when_its_exposure_ends(site: Site, film: FileReady) -> None:
    async with begun(site, film) as fetch:
        await site.ended(film)
        await site.settled()
        assert await fetch.is_cut()
    assert not (await site.transfer(film)).tainted


async def test_a_client_that_leaves_is_let_go_of(site: Site, film: FileReady) -> None:
    held = films_open()
    async with begun(site, film) as fetch:
        assert films_open() > held
        received = fetch.received

    async def nothing_is_left() -> bool:
        return films_open() == held and not (await site.record(film)).fetching

    await until(nothing_is_left)
    told = await site.transfer(film)
    assert received <= told.bytes_sent < FILM_BYTES
    assert not told.tainted


async def test_a_client_that_leaves_while_a_thread_sends_to_it_is_no_defect(
    site: Site, film: FileReady, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop hears of both at once."""
    is_lending, is_lost, lost = threading.Event(), threading.Event(), Doorstep.connection_lost

    def lent_until_it_is_lost(*given: Any) -> None:
        lend(*given)
        is_lending.set()
        is_lost.wait(20)

    def lost_slowly(connection: Doorstep, error: Exception | None) -> None:
        is_lost.set()
        time.sleep(0.1)  # meanwhile the thread ends
        lost(connection, error)

    url = address(await site.expose(film))
    async with site.http.stream("GET", url) as answer:
        monkeypatch.setattr("fileserver.volume.lend", lent_until_it_is_lost)
        monkeypatch.setattr(Doorstep, "connection_lost", lost_slowly)
        chunks = answer.aiter_raw(CHUNK_BYTES)
        while not is_lending.is_set():
            await anext(chunks)

    async def is_told() -> bool:
        return any(line["event"] == "ends" for line in site.logged())

    await until(is_told)
    (ends,) = [line for line in site.logged() if line["event"] == "ends"]
    assert (ends.get("why"), ends.get("cut")) == ("the client went away", True)


def films_open() -> int:
    return sum(1 for each in Path("/proc/self/fd").iterdir() if each.is_symlink() and each.readlink().name == "a.mov")
