"""Edge: puts the simulated agent together as a Starlette app: web interface, front and desk on one port."""

import time
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators import desk, unknown
from simulators.cloudflared.faults import Nonsense
from simulators.faults import FaultQueue, Reset
from simulators.instants import Clock
from simulators.journal import Call, Journal, Violation
from simulators.ngrok.agent import Agent
from simulators.ngrok.faults import Faults
from simulators.ngrok.front import ROUTE, Front
from simulators.ngrok.settings import Settings
from simulators.serving import ConnectionCut

Told = Callable[[Request], dict[str, Any] | None]


class NgrokSimulator:
    """`app` is served by `simulators.serving.running`; its `agent` is restarted, unlinked, moved by a test's hand."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self.agent = Agent(settings or Settings(), clock)
        self.faults = FaultQueue(clock)
        self.journal = Journal()
        self.front = Front(self.agent, self.faults)
        self._clock = clock
        self.app = Starlette(
            routes=[
                self._api("/api/status", "status", self._status),
                self._api("/api/endpoints", "endpoints", self._endpoints),
                self._api("/api/tunnels", "tunnels", self._tunnels),
                Route("/t/{name}/{path:path}", self._fronted),
                *desk.routes(self.journal, self.faults, _faults, ("status", "endpoints", "tunnels", ROUTE)),
                Route("/_sim/state", self._state),
                Route("/_sim/{action}", self._act, methods=["POST"]),
            ],
            exception_handlers=unknown.handlers(self._unknown),
        )

    def public_url(self, base_url: str) -> str:
        """What is said to be the name, by somebody who reaches this simulator at `base_url`."""
        return f"{base_url.rstrip('/')}/t/{self.agent.name}"

    async def aclose(self) -> None:
        await self.front.aclose()

    def _status(self, _: Request) -> dict[str, Any]:
        said = "online" if self.agent.is_online else "reconnecting"
        return {"status": said, "agent_version": "3.39.11", "session": {"legs": []}, "uri": "/api/status"}

    def _endpoints(self, request: Request) -> dict[str, Any] | None:
        if self.agent.settings.is_old:
            return None
        upstream = {"url": self.agent.settings.origin, "protocol": "http1"}
        urls = self._urls(request)
        return {"endpoints": [{"name": f"e{number}", "url": url, "upstream": upstream} for number, url in urls]}

    def _tunnels(self, request: Request) -> dict[str, Any]:
        config = {"addr": self.agent.settings.origin, "inspect": False}
        urls = self._urls(request)
        return {"tunnels": [{"name": f"t{number}", "public_url": url, "config": config} for number, url in urls]}

    def _urls(self, request: Request) -> list[tuple[int, str]]:
        if not self.agent.is_online:
            return []
        return list(enumerate((self.public_url(str(request.base_url)), *self.agent.settings.more)))

    def _api(self, path: str, name: str, told: Told) -> Route:
        async def endpoint(request: Request) -> Response:
            if not self.agent.answers:
                return self._noted(request, name, ConnectionCut())
            if self.faults.take(Reset, route=name):
                return self._noted(request, name, ConnectionCut(), injected=True)
            if nonsense := self.faults.take(Nonsense, route=name):
                return self._noted(request, name, PlainTextResponse(nonsense.body, nonsense.status), injected=True)
            answer = told(request)
            return self._noted(request, name, JSONResponse(answer, 404 if answer is None else 200))

        return Route(path, endpoint)

    async def _fronted(self, request: Request) -> Response:
        answer, injected = await self.front.answer(request)
        return self._noted(request, ROUTE, answer, injected=injected)

    async def _state(self, request: Request) -> Response:
        return JSONResponse(
            {
                "public_url": self.public_url(str(request.base_url)),
                "answers": self.agent.answers,
                "is_online": self.agent.is_online,
                "requests": self.front.requests,
                "bytes_passed": self.front.traffic.bytes_passed,
                "violations": self.journal.violations,
            }
        )

    async def _act(self, request: Request) -> Response:
        actions: dict[str, Callable[[], None]] = {
            "unlink": self.agent.unlink,
            "link": self.agent.link,
            "restart": self.agent.start,
            "move": self.agent.move,
            "offline": lambda: setattr(self.agent, "is_offline", True),
            "refuse": lambda: setattr(self.agent, "refuses", True),
        }
        action = actions.get(request.path_params["action"])
        if action is None:
            return desk.errors(404, f"there is no such action; there are {', '.join(sorted(actions))}")
        action()
        return await self._state(request)

    async def _unknown(self, request: Request, status: int) -> Response:
        detail = f"{request.method} {request.url.path}"
        self.journal.violate(Violation(self._clock(), "unknown_route", "unknown", detail))
        return self._noted(request, "unknown", PlainTextResponse(f"{status} page not found", status))

    def _noted(self, request: Request, route: str, answer: Response, *, injected: bool = False) -> Response:
        status = 0 if isinstance(answer, ConnectionCut) else answer.status_code
        self.journal.record(Call(self._clock(), route, request.method, request.url.path, status, injected))
        return answer


def _faults(body: bytes) -> list[Any]:
    return list(Faults.model_validate_json(body).faults)
