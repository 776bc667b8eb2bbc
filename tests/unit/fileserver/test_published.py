"""Name servers on the loopback: one that knows who publishes a zone, and remembers; one that publishes it."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fileserver.tunnel import dns
from fileserver.tunnel.published import is_published

NAME, ZONE = "a-b.trycloudflare.com", "trycloudflare.com"
NO_SUCH_NAME, REFUSED = 3, 5

LABELS = b"\x09localhost\x00"


class NameServer(asyncio.DatagramProtocol):
    """Resolver and publisher in one: who asks for a publisher of the zone is told `localhost`."""

    def __init__(self) -> None:
        self.published = {NAME}
        self.code = NO_SUCH_NAME
        self.targets: tuple[bytes, ...] = (LABELS,)
        self.is_silent = False
        self.garbles = False
        self.asked: list[tuple[str, int, bool]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        number, flags = struct.unpack(">2H", data[:4])
        name, kind = _name(data), struct.unpack(">H", data[-4:-2])[0]
        self.asked.append((name, kind, bool(flags & 0x0100)))
        if not self.is_silent:
            answer = b"\xff" * 40 if self.garbles else self._answer(data[12:], name, kind)
            self.transport.sendto(struct.pack(">H", number) + answer, addr)  # type: ignore[attr-defined]

    def _answer(self, question: bytes, name: str, kind: int) -> bytes:
        found = self.targets if kind == dns.NS else (bytes(4),) if name in self.published else ()
        code = 0 if found or kind == dns.NS else self.code
        records = b"".join(struct.pack(">3HIH", 0xC00C, kind, 1, 60, len(data)) + data for data in found)
        return struct.pack(">5H", 0x8000 | code, 1, len(found), 0, 0) + question + records


def _name(query: bytes) -> str:
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels)


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        NameServer, local_addr=("127.0.0.1", 0), family=socket.AF_INET
    )
    resolvers = tmp_path / "resolv.conf"
    resolvers.write_text("search studio\n# none\nnameserver 127.0.0.1 # here\noptions edns0\n")
    monkeypatch.setattr("fileserver.tunnel.published.RESOLVERS", resolvers)
    monkeypatch.setattr("fileserver.tunnel.published.PORT", transport.get_extra_info("sockname")[1])
    monkeypatch.setattr("fileserver.tunnel.published.PATIENCE_S", 0.3)
    yield server
    transport.close()


async def test_the_resolver_is_not_asked_for_a_name_that_may_not_be_there_yet(server: NameServer) -> None:
    server.published = set()
    assert await is_published(NAME) is False
    server.published = {NAME}
    assert await is_published(NAME) is True
    remembered = {name for name, _, is_recursive in server.asked if is_recursive}
    assert remembered == {ZONE}
    assert (NAME, dns.A, False) in server.asked


async def test_who_cannot_be_asked_says_nothing(server: NameServer, tmp_path: Path) -> None:
    server.published, server.code = set(), REFUSED
    assert await is_published(NAME) is None
    server.targets = ()
    assert await is_published(NAME) is None
    server.targets, server.garbles = (LABELS,), True
    assert await is_published(NAME) is None
    server.is_silent = True
    assert await is_published(NAME) is None
    (tmp_path / "resolv.conf").unlink()
    assert await is_published(NAME) is None


@pytest.mark.parametrize("name", [f"{'a' * 64}.{ZONE}", f"a..{ZONE}", f"ä.{ZONE}", f".{ZONE}"])
async def test_what_is_no_name_is_asked_of_nobody(server: NameServer, name: str) -> None:
    assert await is_published(name) is None
    assert name not in [asked for asked, _, _ in server.asked]


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_answer_breaks_it_or_is_read_without_end(anything: bytes, records: bytes) -> None:
    question = dns.asked(7, ZONE, dns.NS, recursive=True)
    for answer in (anything, struct.pack(">6H", 7, 0x8000, 1, 9, 0, 0) + question[12:] + records):
        told = dns.told(answer, 7)
        assert told is None or all(isinstance(name, str) for name in told.targets)
