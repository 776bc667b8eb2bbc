"""Edge: whether the name of a quick tunnel is there, by the word of those who publish it.

A resolver that is asked before it is published remembers for half an hour that there is none. This machine's is asked
here for the name servers of the zone alone; these answer for what is so now, and remember nothing.
"""

import asyncio
import socket
from pathlib import Path

import dns.asyncquery
import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.resolver

RESOLVERS = Path("/etc/resolv.conf")
PORT = 53
PATIENCE_S = 1.5
"""For each answer."""
MOST_S = 4.0
"""For all of them: meanwhile nobody looks whether the tunnel has a link."""
MOST_ASKED = 2


async def is_published(host: str) -> bool | None:
    """None: nobody who would know could be asked."""
    try:
        async with asyncio.timeout(MOST_S):
            return await _told(dns.name.from_text(host))
    except (TimeoutError, OSError, ValueError, dns.exception.DNSException):
        return None


async def _told(host: dns.name.Name) -> bool | None:
    for publisher in (await _publishers(host.parent()))[:MOST_ASKED]:
        told = await _answer(publisher, dns.message.make_query(host, "A", flags=dns.flags.Flag(0)))
        if told is not None and told.rcode() == dns.rcode.NXDOMAIN:
            return False
        if told is not None and told.rcode() == dns.rcode.NOERROR and told.answer:
            return True
    return None


async def _publishers(zone: dns.name.Name) -> list[str]:
    """Raises DNSException."""
    resolver = dns.asyncresolver.Resolver(configure=False)
    await asyncio.to_thread(resolver.read_resolv_conf, str(RESOLVERS))
    resolver.port, resolver.timeout, resolver.lifetime = PORT, PATIENCE_S, 2 * PATIENCE_S
    found = await resolver.resolve(zone, "NS", search=False)
    return [each.target.to_text(omit_final_dot=True) for each in found]


async def _answer(server: str, question: dns.message.Message) -> dns.message.Message | None:
    """None for no answer, or none that can be read."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(server, PORT, type=socket.SOCK_DGRAM)
        return await dns.asyncquery.udp(question, str(found[0][4][0]), PATIENCE_S, PORT)
    except (OSError, dns.exception.DNSException):
        return None
