"""Name servers on the loopback: one that knows who publishes a zone, and remembers; one that publishes it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from fileserver.tunnel.published import is_published

NAME, ZONE = "a-b.trycloudflare.com", "trycloudflare.com"


class NameServer(asyncio.DatagramProtocol):
    """Resolver and publisher in one: who asks for a publisher of the zone is told `localhost`.

    Attributes:
        asked: name, type, and whether it was to ask others.
    """

    def __init__(self) -> None:
        self.published = {NAME}
        self.code = dns.rcode.NXDOMAIN
        self.targets: tuple[str, ...] = ("localhost.",)
        self.is_silent = False
        self.garbles = False
        self.asked: list[tuple[str, str, bool]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = dns.message.from_wire(data)
        name, kind = asked.question[0].name.to_text(omit_final_dot=True), asked.question[0].rdtype.name
        self.asked.append((name, kind, bool(asked.flags & dns.flags.RD)))
        if not self.is_silent:
            answer = data[:2] + b"\xff" * 40 if self.garbles else self._answer(asked, name, kind)
            self.transport.sendto(answer, addr)  # type: ignore[attr-defined]

    def _answer(self, asked: dns.message.Message, name: str, kind: str) -> bytes:
        found = self.targets if kind == "NS" else ("192.0.2.1",) if name in self.published else ()
        answer = dns.message.make_response(asked)
        if found:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *found))
        elif kind == "A":
            answer.set_rcode(self.code)
        return answer.to_wire()


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
    assert (NAME, "A", False) in server.asked


async def test_who_cannot_be_asked_says_nothing(server: NameServer, tmp_path: Path) -> None:
    server.published, server.code = set(), dns.rcode.REFUSED
    assert await is_published(NAME) is None
    server.targets = ()
    assert await is_published(NAME) is None
    server.targets, server.garbles = ("localhost.",), True
    assert await is_published(NAME) is None
    server.is_silent = True
    assert await is_published(NAME) is None
    (tmp_path / "resolv.conf").unlink()
    assert await is_published(NAME) is None


@pytest.mark.parametrize("name", [f"{'a' * 64}.{ZONE}", f"a..{ZONE}", f".{ZONE}"])
async def test_what_is_no_name_is_asked_of_nobody(server: NameServer, name: str) -> None:
    assert await is_published(name) is None
    assert name not in [asked for asked, _, _ in server.asked]
