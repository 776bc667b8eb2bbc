"""Edge: whether the name of a quick tunnel is there, by the word of those who publish it.

A resolver that is asked before it is published remembers for half an hour that there is none. This machine's is asked
here for the name servers of the zone alone; these answer for what is so now, and remember nothing.
"""

import asyncio
import re
import secrets
import socket
from pathlib import Path

from fileserver.tunnel import dns

RESOLVERS = Path("/etc/resolv.conf")
PORT = 53
PATIENCE_S = 1.5
"""For each answer."""
MOST_S = 4.0
"""For all of them: meanwhile nobody looks whether the tunnel has a link."""
MOST_ASKED = 2
_LARGEST_ANSWER = 4096

_RESOLVER = re.compile(r"^nameserver\s+(\S+)", re.MULTILINE)


async def is_published(host: str) -> bool | None:
    """None: nobody who would know could be asked."""
    try:
        async with asyncio.timeout(MOST_S):
            return await _told(host)
    except TimeoutError:
        return None


async def _told(host: str) -> bool | None:
    zone = host.partition(".")[2]
    for resolver in await asyncio.to_thread(_resolvers):
        publishers = await _ask(resolver, zone, dns.NS, recursive=True)
        for publisher in publishers.targets[:MOST_ASKED] if publishers else ():
            if (told := await _ask(publisher, host, dns.A, recursive=False)) is None:
                continue
            if told.code == dns.NO_SUCH_NAME:
                return False
            if told.code == dns.FOUND and told.count:
                return True
    return None


def _resolvers() -> list[str]:
    try:
        return _RESOLVER.findall(RESOLVERS.read_text())[:MOST_ASKED]
    except (OSError, UnicodeDecodeError):
        return []


async def _ask(server: str, name: str, kind: int, *, recursive: bool) -> dns.Told | None:
    """None for no answer, or none that can be read."""
    number = secrets.randbits(16)
    try:
        question = dns.asked(number, name, kind, recursive=recursive)
        async with asyncio.timeout(PATIENCE_S):
            return dns.told(await _answered(server, question), number)
    except (OSError, ValueError, TimeoutError):
        return None


async def _answered(server: str, question: bytes) -> bytes:
    """Raises OSError."""
    loop = asyncio.get_running_loop()
    family, kind, protocol, _, address = (await loop.getaddrinfo(server, PORT, type=socket.SOCK_DGRAM))[0]
    with socket.socket(family, kind, protocol) as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, address)
        await loop.sock_sendall(connection, question)
        return await loop.sock_recv(connection, _LARGEST_ANSWER)
