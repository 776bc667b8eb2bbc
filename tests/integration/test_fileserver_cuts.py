"""A fetch that does not go as it should, and what is known of it afterwards."""

import asyncio
import os
import socket
import struct
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest

from fileserver.access_files import AccessFiles, Fields
from fileserver.connection import Client
from fileserver.readers import CHUNK_BYTES
from tests.integration.fileserver_raw import head, path_of
from tests.integration.fileserver_site import Site, address, until

CONTENT = os.urandom(3 * CHUNK_BYTES + 17)
LARGE_BYTES = 64 * CHUNK_BYTES
"""More than the buffers between a server and a client that does not read."""


@pytest.fixture(autouse=True)
async def _started(site: Site) -> None:
    await site.start()


async def cut_after(answer: httpx.Response) -> int:
    """How many bytes came before the connection was cut."""
    received = 0
    try:
        async for chunk in answer.aiter_raw():
            received += len(chunk)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return received
    pytest.fail("it arrived whole")


async def test_a_file_that_changed_before_it_was_fetched_is_not_sent(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    site.overwrite(message, b"other")
    answer = await site.http.get(address(exposed))
    assert (answer.status_code, answer.content) == (409, b"")
    assert (await site.transfer(message)).tainted
    os.utime(site.path(message), ns=(message.mtime_ns, message.mtime_ns))
    assert (await site.http.get(address(exposed))).status_code == 409


async def test_what_went_out_whole_before_the_change_stays_good(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    await site.http.get(address(exposed))
    site.overwrite(message, b"other")
    assert (await site.http.get(address(exposed))).status_code == 409
    assert not (await site.transfer(message)).tainted


async def test_a_file_overwritten_in_mid_transfer_never_arrives_whole(site: Site) -> None:
    message = site.write("a.mov", bytes(LARGE_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        site.overwrite(message, b"\1" * LARGE_BYTES)
        assert await cut_after(answer) < LARGE_BYTES
    told = await site.transfer(message)
    assert told.tainted
    assert not told.is_open
    assert 0 < told.bytes_sent < LARGE_BYTES
    record = await site.record(message)
    assert record.tainted


async def test_a_file_cut_short_in_mid_transfer_taints_the_exposure(site: Site) -> None:
    message = site.write("a.mov", bytes(LARGE_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        os.truncate(site.path(message), CHUNK_BYTES)
        await cut_after(answer)
    assert (await site.record(message)).tainted


async def test_a_running_pull_is_cut_when_its_exposure_ends(site: Site) -> None:
    message = site.write("a.mov", bytes(LARGE_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        await site.ended(message)
        await site.settled()
        await cut_after(answer)
    resumed = await site.http.get(address(exposed), headers={"Range": "bytes=100-"})
    assert resumed.status_code == 410
    assert not (await site.transfer(message)).tainted


async def test_a_client_that_leaves_costs_nothing_and_may_come_back(site: Site) -> None:
    message = site.write("a.mov", bytes(LARGE_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        async for _ in answer.aiter_raw():
            break

    async def noted() -> bool:
        return (await site.record(message)).last_byte_at is not None

    await until(noted)
    told = await site.transfer(message)
    assert told.is_open
    assert not told.tainted
    assert told.bytes_sent < LARGE_BYTES
    assert (await site.http.get(address(exposed), headers={"Range": "bytes=0-"})).content == bytes(LARGE_BYTES)


async def test_what_was_seen_of_a_fetch_can_be_asked_for(site: Site) -> None:
    before = datetime.now(UTC)
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    unseen = await site.transfer(message)
    assert (unseen.known, unseen.is_open, unseen.first_get_at, unseen.bytes_sent) == (True, True, None, 0)
    assert not (await site.transfer(message, exposure=2)).known
    await site.http.get(address(exposed))
    seen = await site.transfer(message)
    assert seen.first_get_at is not None
    assert seen.last_byte_at is not None
    assert before <= seen.first_get_at <= seen.last_byte_at
    assert (seen.bytes_sent, seen.tainted) == (len(CONTENT), False)


async def test_a_client_that_leaves_while_the_last_chunk_waits_for_it_has_not_got_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    size_bytes, take, last_waits = 8 * CHUNK_BYTES, Client.take, asyncio.Event()

    async def watched(self: Client, chunk: bytes, *, is_last: bool) -> None:
        if is_last:
            last_waits.set()
        await take(self, chunk, is_last=is_last)

    monkeypatch.setattr(Client, "take", watched)
    message = site.write("a.mov", bytes(size_bytes))
    loop, client = asyncio.get_running_loop(), socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.setblocking(False)
    await loop.sock_connect(client, ("127.0.0.1", site.port))
    await loop.sock_sendall(client, head(target=path_of(await site.expose(message))))
    while (await site.transfer(message)).bytes_sent < size_bytes - 2 * CHUNK_BYTES:
        assert await loop.sock_recv(client, CHUNK_BYTES // 16)
    await last_waits.wait()
    client.close()

    async def is_over() -> bool:
        return not (await site.record(message)).fetching

    await until(is_over)
    assert (await site.transfer(message)).bytes_sent == size_bytes - 2 * CHUNK_BYTES
    await site.stop()
    (ends,) = [line for line in site.logged() if line["event"] == "ends"]
    assert (ends["bytes_sent"], ends.get("why")) == (size_bytes - 2 * CHUNK_BYTES, "the client went away")


@pytest.mark.parametrize(
    "chunks_before", [pytest.param(3, id="in the middle"), pytest.param(7, id="at the last chunk")]
)
async def test_a_client_that_leaves_while_nothing_waits_for_it_has_not_got_the_rest(
    site: Site, monkeypatch: pytest.MonkeyPatch, chunks_before: int
) -> None:
    """What is written to it fails at once, and nobody has to wait for anything any more."""
    message, take, taken = site.write("a.mov", bytes(8 * CHUNK_BYTES)), Client.take, 0
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reading = asyncio.create_task(reader.readexactly(chunks_before * CHUNK_BYTES))

    async def watched(client: Client, chunk: bytes, *, is_last: bool) -> None:
        nonlocal taken
        if taken == chunks_before:
            await reading
            writer.transport.abort()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        taken += 1
        await take(client, chunk, is_last=is_last)

    monkeypatch.setattr(Client, "take", watched)
    writer.write(head(target=path_of(await site.expose(message))))

    async def is_told() -> bool:
        return any(line["event"] == "ends" for line in site.logged())

    await until(is_told)
    (ends,) = [line for line in site.logged() if line["event"] == "ends"]
    assert ends["bytes_sent"] <= chunks_before * CHUNK_BYTES
    assert ends.get("why") == "the client went away"
    assert (await site.transfer(message)).bytes_sent == ends["bytes_sent"]


async def test_nothing_leaves_after_an_exposure_ended_while_its_line_was_written(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    is_asked, may_go_on, append = threading.Event(), threading.Event(), AccessFiles.append

    def slowly(files: AccessFiles, entries: Sequence[Fields]) -> None:
        if any(entry["event"] == "begins" for entry in entries):
            is_asked.set()
            may_go_on.wait(30)
        append(files, entries)

    monkeypatch.setattr(AccessFiles, "append", slowly)
    async with asyncio.TaskGroup() as fetching:
        fetch = fetching.create_task(received(site, address(exposed)))
        await asyncio.to_thread(is_asked.wait, 30)
        await site.ended(message)
        await site.settled()
        may_go_on.set()
    assert fetch.result() == 0


async def received(site: Site, url: str) -> int:
    async with site.http.stream("GET", url) as answer:
        return await cut_after(answer)
