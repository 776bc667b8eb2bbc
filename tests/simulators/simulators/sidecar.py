"""Edge: what the simulated sidecars of a tunnel have in common: a local interface and a public front on one port, and
the desk from which a test has things happen to them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators import desk, unknown
from simulators.cloudflared.faults import Nonsense
from simulators.faults import FaultQueue, Reset
from simulators.instants import Clock
from simulators.journal import Call, Journal, Violation
from simulators.serving import ConnectionCut

FRONT = "front"
"""The name of the public front among the routes that faults are queued for."""

Told = Callable[[Request], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
Actions = Mapping[str, Callable[[], None]]
State = Callable[[Request], dict[str, Any]]
ReadFaults = Callable[[bytes], list[Any]]


class Front(Protocol):
    async def answer(self, request: Request) -> tuple[Response, bool]:
        """The answer, and whether a queued fault gave it."""


class Sidecar:
    """Makes the routes, and notes every answer in the journal.

    Args:
        answers: whether the process has a local interface just now.
    """

    def __init__(self, clock: Clock, answers: Callable[[], bool]) -> None:
        self.faults = FaultQueue(clock)
        self.journal = Journal()
        self._clock = clock
        self._answers = answers

    def routes(
        self, told: Mapping[str, Told], front: Front, actions: Actions, state: State, read_faults: ReadFaults
    ) -> list[Route]:
        """
        Args:
            told: what the local interface says, by path.
            actions: what a test can have happen, by name.
            state: what a test can ask for.
        """
        names = (*(_name(path) for path in told), FRONT)
        return [
            *(self._local(path, answer) for path, answer in told.items()),
            self._fronted(front),
            *desk.routes(self.journal, self.faults, read_faults, names),
            Route("/_sim/state", self._stated(state)),
            Route("/_sim/{action}", self._acted(actions, state), methods=["POST"]),
        ]

    def handlers(self) -> Mapping[int, unknown.Handler]:
        """For what it has no route for."""
        return unknown.handlers(self._unknown)

    def violate(self, kind: str, detail: str) -> None:
        self.journal.violate(Violation(self._clock(), kind, FRONT, detail))

    def _local(self, path: str, told: Told) -> Route:
        name = _name(path)

        async def endpoint(request: Request) -> Response:
            if not self._answers():
                return self._noted(request, name, ConnectionCut())
            if self.faults.take(Reset, route=name):
                return self._noted(request, name, ConnectionCut(), injected=True)
            if nonsense := self.faults.take(Nonsense, route=name):
                return self._noted(request, name, PlainTextResponse(nonsense.body, nonsense.status), injected=True)
            return self._noted(request, name, told(request))

        return Route(path, endpoint)

    def _fronted(self, front: Front) -> Route:
        async def endpoint(request: Request) -> Response:
            answer, injected = await front.answer(request)
            return self._noted(request, FRONT, answer, injected=injected)

        return Route("/t/{name}/{path:path}", endpoint)

    def _stated(self, state: State) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return JSONResponse(state(request) | {"violations": self.journal.violations})

        return endpoint

    def _acted(self, actions: Actions, state: State) -> Endpoint:
        stated = self._stated(state)

        async def endpoint(request: Request) -> Response:
            action = actions.get(request.path_params["action"])
            if action is None:
                return desk.errors(404, f"there is no such action; there are {', '.join(sorted(actions))}")
            action()
            return await stated(request)

        return endpoint

    async def _unknown(self, request: Request, status: int) -> Response:
        self.violate("unknown_route", f"{request.method} {request.url.path}")
        return self._noted(request, "unknown", PlainTextResponse(f"{status} page not found", status))

    def _noted(self, request: Request, route: str, answer: Response, *, injected: bool = False) -> Response:
        status = 0 if isinstance(answer, ConnectionCut) else answer.status_code
        self.journal.record(Call(self._clock(), route, request.method, request.url.path, status, injected))
        return answer


def _name(path: str) -> str:
    return path.rpartition("/")[2]
