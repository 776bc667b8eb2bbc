"""Edge: puts the simulated tunnel together as a Starlette app: metrics port, front and desk on one port."""

import json
import time
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators import desk, unknown
from simulators.cloudflared.faults import Faults, Nonsense
from simulators.cloudflared.front import ROUTE, Front
from simulators.cloudflared.settings import Settings
from simulators.cloudflared.tunnel import Tunnel
from simulators.faults import FaultQueue, Reset
from simulators.instants import Clock
from simulators.journal import Call, Journal, Violation
from simulators.serving import ConnectionCut

Told = Callable[[Request], tuple[int, dict[str, Any]]]


class CloudflaredSimulator:
    """`app` is served by `simulators.serving.running`; its `tunnel` is restarted, unlinked, reaped by a test's hand."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self.tunnel = Tunnel(settings or Settings(), clock)
        self.faults = FaultQueue(clock)
        self.journal = Journal()
        self.front = Front(self.tunnel, self.faults, self._violate)
        self._clock = clock
        self.app = Starlette(
            routes=[
                self._metrics("/quicktunnel", "quicktunnel", self._quicktunnel),
                self._metrics("/ready", "ready", self._ready),
                self._metrics("/config", "config", self._config),
                Route("/t/{name}/{path:path}", self._fronted),
                *desk.routes(self.journal, self.faults, _faults, ("quicktunnel", "ready", "config", ROUTE)),
                Route("/_sim/state", self._state),
                Route("/_sim/{action}", self._act, methods=["POST"]),
            ],
            exception_handlers=unknown.handlers(self._unknown),
        )

    def public_url(self, base_url: str) -> str:
        """What is said to be the name, by somebody who reaches this simulator at `base_url`."""
        return f"{self.tunnel.front or base_url.rstrip('/')}/t/{self.tunnel.name}"

    async def aclose(self) -> None:
        await self.front.aclose()

    def _quicktunnel(self, request: Request) -> tuple[int, dict[str, Any]]:
        """The real one never says a scheme or a path; see the README."""
        return 200, {"hostname": "" if self.tunnel.settings.named else self.public_url(str(request.base_url))}

    def _ready(self, _: Request) -> tuple[int, dict[str, Any]]:
        links = (4 if self.tunnel.settings.named else 1) if self.tunnel.is_linked else 0
        status = 200 if links else 503
        return status, {"status": status, "readyConnections": links, "connectorId": self.tunnel.connector_id}

    def _config(self, request: Request) -> tuple[int, dict[str, Any]]:
        settings = self.tunnel.settings
        hosts = (settings.rules or (request.url.hostname or "",)) if settings.named else ("",)
        ingress = [_rule(host, settings.origin) for host in hosts]
        if settings.named:
            ingress.append(_rule("", "http_status:404"))
        config = {"ingress": ingress, "warp-routing": {}, "originRequest": {}}
        return 200, {"version": 3 if settings.named else -1, "config": config}

    def _metrics(self, path: str, name: str, told: Told) -> Route:
        async def endpoint(request: Request) -> Response:
            if not self.tunnel.answers:
                return self._noted(request, name, ConnectionCut())
            if self.faults.take(Reset, route=name):
                return self._noted(request, name, ConnectionCut(), injected=True)
            if nonsense := self.faults.take(Nonsense, route=name):
                return self._noted(request, name, PlainTextResponse(nonsense.body, nonsense.status), injected=True)
            status, answer = told(request)
            return self._noted(request, name, PlainTextResponse(json.dumps(answer), status))

        return Route(path, endpoint)

    async def _fronted(self, request: Request) -> Response:
        answer, injected = await self.front.answer(request)
        return self._noted(request, ROUTE, answer, injected=injected)

    async def _state(self, request: Request) -> Response:
        tunnel = self.tunnel
        return JSONResponse(
            {
                "public_url": self.public_url(str(request.base_url)),
                "generation": tunnel.generation,
                "answers": tunnel.answers,
                "is_linked": tunnel.is_linked,
                "is_reaped": tunnel.is_reaped,
                "in_flight": self.front.in_flight,
                "bytes_passed": self.front.bytes_passed,
                "violations": self.journal.violations,
            }
        )

    async def _act(self, request: Request) -> Response:
        actions: dict[str, Callable[[], None]] = {
            "unlink": self.tunnel.unlink,
            "link": self.tunnel.link,
            "restart": self.tunnel.start,
            "reap": lambda: setattr(self.tunnel, "is_reaped", True),
            "refuse": lambda: setattr(self.tunnel, "refuses", True),
        }
        action = actions.get(request.path_params["action"])
        if action is None:
            return desk.errors(404, f"there is no such action; there are {', '.join(sorted(actions))}")
        action()
        return await self._state(request)

    async def _unknown(self, request: Request, status: int) -> Response:
        self._violate("unknown_route", f"{request.method} {request.url.path}")
        return self._noted(request, "unknown", PlainTextResponse(f"{status} page not found", status))

    def _violate(self, kind: str, detail: str) -> None:
        self.journal.violate(Violation(self._clock(), kind, ROUTE, detail))

    def _noted(self, request: Request, route: str, answer: Response, *, injected: bool = False) -> Response:
        status = 0 if isinstance(answer, ConnectionCut) else answer.status_code
        self.journal.record(Call(self._clock(), route, request.method, request.url.path, status, injected))
        return answer


def _rule(hostname: str, service: str) -> dict[str, Any]:
    return {"hostname": hostname, "path": None, "service": service, "originRequest": {}}


def _faults(body: bytes) -> list[Any]:
    return list(Faults.model_validate_json(body).faults)
