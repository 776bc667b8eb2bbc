"""Edge: puts the simulated Discord together as a Starlette app."""

import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.discord import admin
from simulators.discord.calls import Operation, perform, refuse_unknown
from simulators.discord.messages import Messages
from simulators.discord.routes import OPERATIONS
from simulators.discord.settings import Settings
from simulators.discord.world import World
from simulators.faults import FaultQueue
from simulators.instants import Clock
from simulators.journal import Journal

Endpoint = Callable[[Request], Awaitable[Response]]


class DiscordSimulator:
    """`app` is served by `simulators.serving.running`, or called in process."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self._world = World.new(settings or Settings(), clock)
        self.app = _build(self._world)

    @property
    def messages(self) -> Messages:
        return self._world.messages

    @property
    def faults(self) -> FaultQueue:
        return self._world.faults

    @property
    def journal(self) -> Journal:
        return self._world.journal


def _build(world: World) -> Starlette:
    async def unknown(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return await refuse_unknown(world, request, status)

    calls = [
        Route(prefix + one.path, _endpoint(world, one, versioned=versioned), methods=[one.method])
        for one in OPERATIONS
        for prefix, versioned in (("/api/v10", True), ("/api", False))
    ]
    return Starlette(routes=[*calls, *admin.routes(world)], exception_handlers={404: unknown, 405: unknown})


def _endpoint(world: World, operation: Operation, *, versioned: bool) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await perform(world, operation, request, versioned=versioned)

    return endpoint
