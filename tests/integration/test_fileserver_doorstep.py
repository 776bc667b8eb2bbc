"""Very many connections: who is served stays, who asks for nothing makes room, who is turned away is told so."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fileserver.doorstep import Doorstep
from fileserver.readers import CHUNK_BYTES
from tests.integration.fileserver_raw import all_that_comes, answers, head, path_of
from tests.integration.fileserver_site import Site, until

MOST = 6


@pytest.fixture(autouse=True)
async def _started(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.doorstep.MOST_CONNECTIONS", MOST)
    await site.start()
    await site.http.aclose()  # its own connection would be one of them


Connected = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(site: Site, count: int, sent: bytes) -> AsyncIterator[list[Connected]]:
    """So many connections that have each sent this, in their order."""
    made = []
    for _ in range(count):
        made.append(await asyncio.open_connection("127.0.0.1", site.port))
        made[-1][1].write(sent)
    try:
        yield made
    finally:
        for _, writer in made:
            writer.transport.abort()


async def status(site: Site) -> int:
    return answers(await all_that_comes(site, head("Connection: close")))[0].status


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nX: ", head()], ids=["that say nothing", "that never end", "that were answered"]
)
async def test_idle_connections_keep_nobody_out(site: Site, sent: bytes) -> None:
    async with connected(site, 3 * MOST, sent):
        for _ in range(3):
            assert await status(site) == 404


async def test_connections_that_are_served_are_not_dropped_for_others(site: Site) -> None:
    good = path_of(await site.expose(site.sparse("a.mov", 64 * CHUNK_BYTES)))
    async with connected(site, MOST, head(target=good)) as served:
        for reader, _ in served:
            assert (await reader.readline()).split()[1] == b"200"
        (told,) = answers(await all_that_comes(site, head(target=good)))
        assert (told.status, told.body, told.headers["retry-after"]) == (503, b"", "30")
        assert told.headers["connection"] == "close"
        async with connected(site, 2 * MOST, b""):
            assert await status(site) == 503
        for reader, _ in served:
            assert len(await reader.readexactly(CHUNK_BYTES)) == CHUNK_BYTES

    async def is_served() -> bool:
        return await status(site) == 404

    await until(is_served)
    await site.stop()
    lines = [line for line in site.logged() if line.get("status") == 503]
    assert [(line["event"], line["why"]) for line in lines[:2]] == [("strange", "too many connections")] * 2


async def test_who_takes_no_answers_is_let_go_of(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks on and on and reads nothing would count as being served, and never make room."""
    monkeypatch.setattr("fileserver.connection.TAKE_PATIENCE_S", 0.2)
    made = Doorstep.connection_made

    def with_little_room(self: Doorstep, transport: asyncio.Transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        made(self, transport)

    monkeypatch.setattr(Doorstep, "connection_made", with_little_room)
    loop = asyncio.get_running_loop()

    async def asks_on(connection: socket.socket) -> None:
        while True:
            await loop.sock_sendall(connection, 1000 * head())

    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        await loop.sock_connect(deaf, ("127.0.0.1", site.port))
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(asks_on(deaf), 20)
    assert await status(site) == 404
