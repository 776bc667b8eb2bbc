"""Edge: the public front of the tunnel, which stands for https://<name>: passes requests on, or answers itself.

There is no resolver here, and no certificate. So a name is a path of this simulator, `/t/<name>/…`, and what is behind
it goes to the origin as if it had come to https://<name>/….
"""

import asyncio
import secrets
from collections.abc import Callable

import httpx
from starlette.requests import Request
from starlette.responses import Response

from simulators.cloudflared.caching import Cache, is_eligible, may_be_kept
from simulators.cloudflared.faults import ChangeBody, CutBody, EdgeError, StallBody
from simulators.cloudflared.pages import page
from simulators.cloudflared.passing import HOP_BY_HOP, Mishaps, Passed, Traffic
from simulators.cloudflared.tunnel import Tunnel
from simulators.faults import Delay, FaultQueue, Reset
from simulators.origin import Origin, address_behind
from simulators.serving import ConnectionCut
from simulators.sidecar import FRONT

_CONNECT_S = 30.0
_REPLACED = frozenset(("host", "accept-encoding"))
_ASKER = "192.0.2.1"
"""All come from this host, so one address that means nobody stands for them all."""


class Front:
    """`violate` is told the kind and the detail of what should never have come about."""

    def __init__(self, tunnel: Tunnel, faults: FaultQueue, violate: Callable[[str, str], None]) -> None:
        self._tunnel = tunnel
        self._faults = faults
        self._violate = violate
        timeout = httpx.Timeout(tunnel.settings.read_gap_s, connect=_CONNECT_S)
        self._origin = Origin(lambda: tunnel.settings.origin, timeout)
        self._cache = Cache()
        self._traffic = Traffic()

    @property
    def in_flight(self) -> int:
        return self._traffic.in_flight

    @property
    def bytes_passed(self) -> int:
        return self._traffic.bytes_passed

    async def answer(self, request: Request) -> tuple[Response, bool]:
        """The answer, and whether a queued fault gave it."""
        accept = request.headers.get("accept", "")
        if delay := self._faults.take(Delay, route=FRONT):
            await asyncio.sleep(delay.delay_s)
        if self._faults.take(Reset, route=FRONT):
            return ConnectionCut(), True
        if error := self._faults.take(EdgeError, route=FRONT):
            answer = page(error.status, error.code, accept=accept)
            if error.location:
                answer.headers["Location"] = error.location
            return answer, True
        if not self._is_found(request.path_params["name"]):
            return ConnectionCut(), False
        refused = self._refusal(request)
        if refused is not None:
            return page(*refused, accept=accept), False
        return await self._passed(request), False

    async def aclose(self) -> None:
        await self._origin.aclose()

    def _is_found(self, name: str) -> bool:
        """Whether the name can be looked up. Who asks before it is published will not find it for long."""
        if self._tunnel.resolves(name):
            return True
        if self._tunnel.miss(name):
            self._violate("asked_too_early", "a resolver was asked before the name was published, and will remember")
        return False

    def _refusal(self, request: Request) -> tuple[int, int | None] | None:
        """Status and code of what the edge answers by itself."""
        tunnel = self._tunnel
        if request.path_params["name"] == tunnel.name and tunnel.is_reaped:
            return 530, 1016
        if not tunnel.leads(request.path_params["name"]):
            return 530, 1033
        if not request.headers.get("user-agent"):
            return 403, 1010
        is_full = not tunnel.settings.named and self.in_flight >= tunnel.settings.most_in_flight
        return (429, None) if is_full else None

    async def _passed(self, request: Request) -> Response:
        address = address_behind(request, self._tunnel.name)
        eligible = is_eligible(address.partition("?")[0])
        if eligible and (kept := self._cache.get(address)):
            found = Response(kept.body)
            found.raw_headers = [*kept.headers, (b"cf-cache-status", b"HIT")]
            return found
        method = "GET" if eligible else request.method
        headers = self._headers(request, without_range=eligible)
        try:
            answer = await self._origin.ask(method, address, headers)
        except httpx.ReadTimeout:
            return page(524, None, accept=request.headers.get("accept", ""))
        except httpx.HTTPError:
            return page(502, None, accept=request.headers.get("accept", ""))
        return self._passing(answer, address, eligible=eligible)

    def _passing(self, answer: httpx.Response, address: str, *, eligible: bool) -> Passed:
        name = self._tunnel.name
        keeps = eligible and may_be_kept(answer.status_code, answer.headers)
        passed = Passed(
            answer,
            self._traffic,
            is_linked=lambda: self._tunnel.leads(name),
            mishaps=Mishaps(
                cut=self._faults.take(CutBody, route=FRONT),
                change=self._faults.take(ChangeBody, route=FRONT),
                stall=self._faults.take(StallBody, route=FRONT),
            ),
            cache_status="MISS" if keeps else "BYPASS" if eligible else "DYNAMIC",
            keep=(lambda body: self._keep(address, passed, body)) if keeps else None,
        )
        return passed

    def _keep(self, address: str, passed: Passed, body: bytes) -> None:
        headers = [(name, value) for name, value in passed.raw_headers if name != b"cf-cache-status"]
        if self._cache.keep(address, headers, body):
            self._violate("cached", f"the edge keeps {address.rpartition('/')[2]} and will give it to whoever asks")

    def _headers(self, request: Request, *, without_range: bool) -> dict[str, str]:
        """What a request has when it comes out of the tunnel's near end."""
        dropped = HOP_BY_HOP | _REPLACED | ({"range", "if-range"} if without_range else set())
        kept = {name: value for name, value in request.headers.items() if name not in dropped}
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
