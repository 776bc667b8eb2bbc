"""Edge: the public front of an endpoint, which stands for https://<name>: passes requests on, or answers itself.

Its errors are pages with a header that says their number, whatever the asker accepts.
Source: ngrok docs, "Errors", "Free plan limits" (read 2026-11); that a used-up month is 403: reports of its users.
"""

import asyncio

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from simulators.cloudflared.faults import ChangeBody, CutBody, EdgeError
from simulators.cloudflared.passing import HOP_BY_HOP, Mishaps, Passed, Traffic
from simulators.faults import Delay, FaultQueue, Reset
from simulators.ngrok.agent import Agent
from simulators.origin import Origin, address_behind
from simulators.serving import ConnectionCut
from simulators.sidecar import FRONT

WARNING, USED_UP_BYTES, USED_UP_REQUESTS, OFFLINE, NO_ORIGIN = 6024, 725, 727, 3200, 8012

_PATIENCE_S = 60.0
_ASKER = "192.0.2.1"
"""All come from this host, so one address that means nobody stands for them all."""


class Front:
    def __init__(self, agent: Agent, faults: FaultQueue) -> None:
        self._agent = agent
        self._faults = faults
        self._origin = Origin(lambda: agent.settings.origin, httpx.Timeout(_PATIENCE_S))
        self.traffic = Traffic()
        self.requests = 0

    async def answer(self, request: Request) -> tuple[Response, bool]:
        """The answer, and whether a queued fault gave it."""
        if delay := self._faults.take(Delay, route=FRONT):
            await asyncio.sleep(delay.delay_s)
        if self._faults.take(Reset, route=FRONT):
            return ConnectionCut(), True
        if error := self._faults.take(EdgeError, route=FRONT):
            return _page(error.status, error.code or 3004), True
        refused = self._refusal(request)
        if refused is not None:
            return _page(*refused), False
        self.requests += 1
        return await self._passed(request), False

    async def aclose(self) -> None:
        await self._origin.aclose()

    def _refusal(self, request: Request) -> tuple[int, int] | None:
        """Status and number of what ngrok answers by itself."""
        settings = self._agent.settings
        if not self._agent.leads(request.path_params["name"]):
            return 404, OFFLINE
        if self.traffic.bytes_passed >= settings.most_bytes:
            return 403, USED_UP_BYTES
        if self.requests >= settings.most_requests:
            return 403, USED_UP_REQUESTS
        is_browser = request.headers.get("user-agent", "").startswith("Mozilla/")
        is_warned = settings.is_free and is_browser and "ngrok-skip-browser-warning" not in request.headers
        return (200, WARNING) if is_warned else None

    async def _passed(self, request: Request) -> Response:
        address = address_behind(request, self._agent.name)
        try:
            answer = await self._origin.ask(request.method, address, _headers(request))
        except httpx.HTTPError:
            return _page(502, NO_ORIGIN)
        mishaps = Mishaps(
            cut=self._faults.take(CutBody, route=FRONT), change=self._faults.take(ChangeBody, route=FRONT)
        )
        name = self._agent.name
        return Passed(answer, self.traffic, is_linked=lambda: self._agent.leads(name), mishaps=mishaps)


def _headers(request: Request) -> dict[str, str]:
    """What a request has when it comes out of the agent."""
    host = request.headers.get("host", "")
    kept = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
    return kept | {"x-forwarded-for": _ASKER, "x-forwarded-host": host, "x-forwarded-proto": "https"}


def _page(status: int, code: int) -> Response:
    number = f"ERR_NGROK_{code}"
    return HTMLResponse(f"<html><body>{number}</body></html>", status, {"ngrok-error-code": number})
