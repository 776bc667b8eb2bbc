"""Edge: is it really we who answer at our public name? Something unforeseeable is put behind a signed address, asked
for through the name itself, and must come back whole.
"""

import asyncio
import secrets
import socket
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from fileserver.replies import OURS
from fileserver.rotating import Keys
from fileserver.signing import Address
from fileserver.tunnel import verdict
from fileserver.tunnel.fronts import Answer
from fileserver.tunnel.gate import Found, Probed
from fileserver.tunnel.published import is_published

PATIENCE_S = 10.0
LIFETIME_S = 60
CONTENT_BYTES = 64 * 1024
"""More than one read of anything on the way, and nothing to a tunnel."""

HEADERS = {"Accept": "application/json", "User-Agent": "PostFlow (probe of its own tunnel)"}
"""An edge that is asked for JSON says in its errors that they are its own."""

RESOLVER = "Check the name servers of this machine; Frame.io does not use them."
NAMELESS = "Check PUBLIC_URL, and that the name servers of this machine know its name."

QUICK = ".trycloudflare.com"
"""Where the names of quick tunnels are. Its neighbour `api` gives them out, and is always there."""

LOOK_UP_S = 3.0


class Probe:
    """What is waiting to be asked for, and the asking.

    Args:
        now: the time that addresses expire by.
    """

    def __init__(self, keys: Keys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now
        self._waiting: dict[str, bytes] = {}

    def content(self, address: Address) -> bytes | None:
        """What stands behind an address, while a probe is under way that asks for it."""
        content = self._waiting.get(address.exposure_id)
        if content is None or not self._keys.signed(address) or int(address.expires) <= self._now().timestamp():
            return None
        return content

    async def through(self, http: httpx.AsyncClient, base_url: str, *, cure: str) -> Probed:
        """Ask for it, unless there is certainly no such name yet. Never raises for what the network does.

        Args:
            cure: what a person does when the far end of the tunnel is in trouble.
        """
        if await _published(base_url) is False:
            why = "Cloudflare does not publish that name, not yet or no more"
            return Probed(Found.BROKEN, why, f"Wait two minutes. If it stays so: {cure}")
        probe_id, content = secrets.token_urlsafe(16), secrets.token_bytes(CONTENT_BYTES)
        path = self._keys.path(probe_id, int(self._now().timestamp()) + LIFETIME_S)
        self._waiting[probe_id] = content
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await _asked(http, base_url, path)
        except (httpx.InvalidURL, UnicodeError):
            return Probed(Found.BROKEN, "that is a name which nobody can look up", NAMELESS)
        except (httpx.HTTPError, TimeoutError) as error:
            return await unreached(error, base_url, cure)
        finally:
            del self._waiting[probe_id]
        return verdict.on(answer, content, cure)


def client() -> httpx.AsyncClient:
    """A connection that was kept would be no proof of a name: each probe makes its own."""
    return httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), follow_redirects=False)


async def _asked(http: httpx.AsyncClient, base_url: str, path: str) -> Answer:
    async with http.stream("GET", base_url + path, headers=HEADERS, timeout=PATIENCE_S) as response:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > CONTENT_BYTES:
                break
        return read(response, bytes(body), base_url)


def read(response: httpx.Response, body: bytes, base_url: str) -> Answer:
    name, ours = OURS
    return Answer(response.status_code, response.headers.get(name) == ours, body, response.headers, base_url)


async def unreached(error: Exception, base_url: str, cure: str) -> Probed:
    """What it says that nothing came back. The text of the error is left out: it may hold the address."""
    match _name_trouble(error):
        case None:
            return Probed(Found.BROKEN, f"a probe through it did not come back ({type(error).__name__})", cure)
        case socket.EAI_NONAME:
            return await _unnamed(base_url, cure)
        case _:
            return Probed(Found.NO_ANSWER_TO_NAME, "this machine cannot look the name up", RESOLVER)


async def _published(base_url: str) -> bool | None:
    """None also for a name of one's own, which stays and is published before there is a tunnel."""
    host = urlsplit(base_url).hostname or ""
    return await is_published(host) if host.endswith(QUICK) else None


async def _unnamed(base_url: str, cure: str) -> Probed:
    """A resolver that is cut off, or that hides a whole domain, says of each name that there is none; one that somebody
    has asked too early says so of a name that is there by now."""
    if await _published(base_url):
        return Probed(Found.NO_ANSWER_TO_NAME, "this machine does not know the name yet, though it is there", RESOLVER)
    host = urlsplit(base_url).hostname or ""
    witness, cure = (f"api{QUICK}", cure) if host.endswith(QUICK) else ("api.frame.io", NAMELESS)
    if await can_find(witness):
        return Probed(Found.BROKEN, f"this machine finds no such name, though it finds {witness}", cure)
    return Probed(Found.NO_ANSWER_TO_NAME, "this machine cannot look names up", RESOLVER)


async def can_find(host: str) -> bool:
    try:
        async with asyncio.timeout(LOOK_UP_S):
            await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, TimeoutError):
        return False
    return True


def _name_trouble(error: BaseException) -> int | None:
    """The resolver's code, when it was the resolver."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, socket.gaierror):
        cause = cause.__cause__ or cause.__context__
    return cause.errno if isinstance(cause, socket.gaierror) else None
