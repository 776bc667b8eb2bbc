"""What a stranger can make the fileserver hold, measured on a process of its own."""

import asyncio
import random
import socket
import sys

import pytest

from fileserver.readers import CHUNK_BYTES
from tests.integration.fileserver_raw import all_that_comes, answers, head, path_of
from tests.integration.fileserver_site import Site
from tests.integration.test_fileserver_process import started

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel's /proc"),
    pytest.mark.timeout(180),
]

SIZE_BYTES = 256 * CHUNK_BYTES
READERS = 24
MOST_OF_A_READER_BYTES = 6 * CHUNK_BYTES
"""Three chunks are held for each, and the allocator rounds up."""


async def test_thousands_of_bad_requests_leave_nothing_behind(site: Site) -> None:
    chance = random.Random(7)
    async with started(site, LOG_LEVEL="ERROR") as process:
        good = path_of(await site.expose(site.write("a.mov", b"film")))

        def bad(number: int) -> bytes:
            said = [f"User-Agent: {number} " + "a" * 2000, f"X-{number}: " + "b" * 2000]
            target = f"{good[: chance.randrange(1, len(good))]}.{number}"
            known = head(*said, "If-None-Match: *", target=good)
            return head(*said, method=chance.choice(["GET", "PUT"]), target=target) + known

        async def some(rounds: int) -> None:
            for _ in range(rounds):
                sent = b"".join(bad(number) for number in range(50)) + head("Connection: close")
                assert {answer.status for answer in answers(await all_that_comes(site, sent))} == {404, 304}
                assert answers(await all_that_comes(site, b"\0" * 1000 + b"\r\n\r\n"))[0].status == 400

        await some(6)
        before = process.resident_bytes()
        await some(24)
        grown = process.resident_bytes() - before
    assert grown < 4_000_000, "2,400 requests of 4 kB each"


async def test_readers_that_are_slow_hold_no_more_than_their_share(site: Site) -> None:
    message = site.sparse("a.mov", SIZE_BYTES)
    writers = []
    async with started(site, LOG_LEVEL="ERROR") as process:
        good = path_of(await site.expose(message))
        before = process.resident_bytes()
        for _ in range(READERS):
            stalled = socket.socket()
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.setblocking(False)
            await asyncio.get_running_loop().sock_connect(stalled, ("127.0.0.1", site.port))
            await asyncio.get_running_loop().sock_sendall(stalled, head(target=good))
            writers.append(stalled)
        for stalled in writers:
            assert (await asyncio.get_running_loop().sock_recv(stalled, 12)) == b"HTTP/1.1 200"
        most = 0
        for _ in range(20):
            most = max(most, process.resident_bytes() - before)
            assert len(answers(await all_that_comes(site, head("Connection: close")))) == 1
        for stalled in writers:
            stalled.close()
    assert most < READERS * MOST_OF_A_READER_BYTES
