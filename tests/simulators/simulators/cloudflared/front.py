"""Edge: the public front of the tunnel, which stands for https://<name>: passes requests on, or answers itself.

There is no resolver here, and no certificate. So a name is a path of this simulator, `/t/<name>/…`, and what is behind
it goes to the origin as if it had come to https://<name>/….
"""

import asyncio
import contextlib
import secrets

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulators.cloudflared.faults import ChangeBody, CutBody, EdgeError
from simulators.cloudflared.pages import page
from simulators.cloudflared.tunnel import Tunnel
from simulators.faults import Delay, FaultQueue
from simulators.serving import ConnectionCut

ROUTE = "front"

_HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
_REPLACED = frozenset(("host", "accept-encoding"))
_ASKER = "192.0.2.1"
"""All come from this host, so one address that means nobody stands for them all."""

_LOOK_S = 0.02


class Front:
    """
    Attributes:
        bytes_passed: of bodies, over all requests.
    """

    def __init__(self, tunnel: Tunnel, faults: FaultQueue) -> None:
        self._tunnel = tunnel
        self._faults = faults
        self._client: httpx.AsyncClient | None = None
        self.in_flight = 0
        self.bytes_passed = 0

    async def answer(self, request: Request) -> tuple[Response, bool]:
        """The answer, and whether a queued fault gave it."""
        accept = request.headers.get("accept", "")
        if delay := self._faults.take(Delay, route=ROUTE):
            await asyncio.sleep(delay.delay_s)
        if error := self._faults.take(EdgeError, route=ROUTE):
            return page(error.status, error.code, accept=accept), True
        refused = self._refusal(request)
        if refused is not None:
            return page(*refused, accept=accept), False
        return await self._passed(request), False

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _refusal(self, request: Request) -> tuple[int, int | None] | None:
        """Status and code of what the edge answers by itself."""
        tunnel = self._tunnel
        if request.path_params["name"] == tunnel.name and tunnel.is_reaped:
            return 530, 1016
        if not tunnel.leads(request.path_params["name"]):
            return 530, 1033
        if not request.headers.get("user-agent"):
            return 403, 1010
        return (429, None) if self.in_flight >= tunnel.settings.most_in_flight else None

    async def _passed(self, request: Request) -> Response:
        origin = self._tunnel.settings.origin.rstrip("/")
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        path = raw.decode().partition(f"/t/{self._tunnel.name}")[2] or "/"
        query = f"?{request.url.query}" if request.url.query else ""
        asked = self._http().build_request(request.method, origin + path + query, headers=self._headers(request))
        try:
            answer = await self._http().send(asked, stream=True)
        except httpx.HTTPError:
            return page(502, None, accept=request.headers.get("accept", ""))
        return _Passed(self, self._tunnel, answer, self._faults)

    def _headers(self, request: Request) -> dict[str, str]:
        """What a request has when it comes out of the tunnel's near end."""
        kept = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP | _REPLACED}
        before = f"{kept['x-forwarded-for']}," if "x-forwarded-for" in kept else ""
        return kept | {
            "host": self._tunnel.name if "." in self._tunnel.name else f"{self._tunnel.name}.trycloudflare.com",
            "cf-connecting-ip": _ASKER,
            "x-forwarded-for": before + _ASKER,
            "x-forwarded-proto": "https",
            "cf-ray": f"{secrets.token_hex(8)}-FRA",
            "cf-ipcountry": "XX",
            "cf-visitor": '{"scheme":"https"}',
            "cdn-loop": "cloudflare",
            "accept-encoding": "br, gzip",
            "cf-warp-tag-id": self._tunnel.connector_id,
        }

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
            self._client = httpx.AsyncClient(timeout=120, limits=limits, trust_env=False)
        return self._client


class _Passed(Response):
    """What the origin answers, for as long as the link holds. Cut at either side, it is cut at the other."""

    def __init__(self, front: Front, tunnel: Tunnel, answer: httpx.Response, faults: FaultQueue) -> None:
        self.status_code = answer.status_code
        self.raw_headers = [
            (name, value) for name, value in answer.headers.raw if name.lower().decode() not in _HOP_BY_HOP
        ] + [(b"cf-cache-status", b"DYNAMIC")]
        self.background = None
        self._front = front
        self._tunnel = tunnel
        self._name = tunnel.name
        self._answer = answer
        self._cut = faults.take(CutBody, route=ROUTE)
        self._change = faults.take(ChangeBody, route=ROUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._front.in_flight += 1
        passing = asyncio.create_task(self._pass(send))
        tasks = (passing, asyncio.create_task(_gone(receive)), asyncio.create_task(self._unlinked()))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            is_whole = passing.done() and passing.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._answer.aclose()
            self._front.in_flight -= 1
        if not is_whole:
            await ConnectionCut()(scope, receive, send)

    async def _pass(self, send: Send) -> bool:
        """Whether all of it got through."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with contextlib.suppress(httpx.HTTPError):
            async for chunk in self._answer.aiter_raw():
                left = chunk if self._cut is None else chunk[: self._cut.after_bytes]
                if self._change is not None:
                    left = bytes(len(left))
                self._front.bytes_passed += len(left)
                await send({"type": "http.response.body", "body": left, "more_body": True})
                if self._cut is not None:
                    return False
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return True
        return False

    async def _unlinked(self) -> None:
        while self._tunnel.leads(self._name):
            await asyncio.sleep(_LOOK_S)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
