"""Edge: is it really we who answer at our public name? Something unforeseeable is put behind a signed address, asked
for through the name itself, and must come back whole.
"""

import asyncio
import json
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx

from fileserver.admit import GONE, NOT_FOUND
from fileserver.replies import OK, OURS
from fileserver.signing import Address, Keyring
from fileserver.tunnel.gate import Found, Probed

PATIENCE_S = 10.0
LIFETIME_S = 60
CONTENT_BYTES = 64 * 1024
"""More than one read of anything on the way, and nothing to a tunnel."""

AGENT = "PostFlow (probe of its own tunnel)"

ORIGIN = "Check that the tunnel leads to the fileserver's PUBLIC_PORT."
NOTHING_IN_FRONT = "Take away what stands in front of the name: login page, Access, challenge, bot protection."
TUNNEL_ITSELF = "Restart cloudflared: a quick tunnel that was deleted at Cloudflare gets a new name only so."
RESOLVER = "Check the name servers of this machine; Frame.io does not use them."


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    is_ours: bool
    body: bytes


class Probe:
    """What is waiting to be asked for, and the asking.

    Args:
        now: the time that addresses expire by.
    """

    def __init__(self, keyring: Keyring, now: Callable[[], datetime]) -> None:
        self._keyring = keyring
        self._now = now
        self._waiting: dict[str, bytes] = {}

    def content(self, address: Address) -> bytes | None:
        """What stands behind an address, while a probe is under way that asks for it."""
        content = self._waiting.get(address.exposure_id)
        if content is None or not self._keyring.signed(address) or int(address.expires) <= self._now().timestamp():
            return None
        return content

    async def through(self, http: httpx.AsyncClient, base_url: str) -> Probed:
        """Ask for it. Never raises for what the network does."""
        probe_id, content = secrets.token_urlsafe(16), secrets.token_bytes(CONTENT_BYTES)
        path = self._keyring.path(probe_id, int(self._now().timestamp()) + LIFETIME_S)
        self._waiting[probe_id] = content
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await _asked(http, base_url + path)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return _unreached(error)
        finally:
            del self._waiting[probe_id]
        return _judged(answer, content)


def client() -> httpx.AsyncClient:
    """A connection that was kept would be no proof of a name: each probe makes its own."""
    return httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), follow_redirects=False)


async def _asked(http: httpx.AsyncClient, url: str) -> Answer:
    """An edge that is asked for JSON says in its errors that they are its own."""
    headers = {"Accept": "application/json", "User-Agent": AGENT}
    async with http.stream("GET", url, headers=headers, timeout=PATIENCE_S) as response:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > CONTENT_BYTES:
                break
        name, ours = OURS
        return Answer(response.status_code, response.headers.get(name) == ours, bytes(body))


def _judged(answer: Answer, content: bytes) -> Probed:
    status = answer.status
    if not answer.is_ours:
        return _of_somebody_else(answer)
    if status in (NOT_FOUND, GONE):
        return Probed(Found.BROKEN, "another fileserver answers there", "Give this tunnel to one fileserver only.")
    if status != OK or answer.body != content:
        return Probed(Found.BROKEN, f"what was sent did not come back as it was ({status})", NOTHING_IN_FRONT)
    return Probed(Found.WHOLE)


def _of_somebody_else(answer: Answer) -> Probed:
    status = answer.status
    if status < 400 or status in (401, 403):
        return Probed(Found.BROKEN, f"somebody in front answers, and not we ({status})", NOTHING_IN_FRONT)
    code = _edge_code(answer)
    said = f"the edge answers {status}" + (f", error {code}" if code else "")
    if status in (502, 503, 504):
        return Probed(Found.BROKEN, f"{said}: it does not reach the fileserver", ORIGIN)
    return Probed(Found.BROKEN, said, ORIGIN if status < 500 else TUNNEL_ITSELF)


def _edge_code(answer: Answer) -> int | None:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return None
    code = told.get("error_code") if isinstance(told, dict) else None
    return code if isinstance(code, int) else None


def _unreached(error: Exception) -> Probed:
    """The text of the error is left out: it may hold the address."""
    match _name_trouble(error):
        case None:
            why = f"a probe through it did not come back ({type(error).__name__})"
            return Probed(Found.BROKEN, why, TUNNEL_ITSELF)
        case socket.EAI_NONAME:
            return Probed(Found.NO_SUCH_NAME, "this machine finds no such name", RESOLVER)
        case _:
            return Probed(Found.NO_ANSWER_TO_NAME, "this machine cannot look the name up", RESOLVER)


def _name_trouble(error: BaseException) -> int | None:
    """The resolver's code, when it was the resolver."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, socket.gaierror):
        cause = cause.__cause__ or cause.__context__
    return cause.errno if isinstance(cause, socket.gaierror) else None
