"""Edge: puts the simulated Frame.io together as a Starlette app."""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.faults import FaultQueue
from simulators.frameio import admin, pages
from simulators.frameio.operations import Operation, perform, refuse_unknown
from simulators.frameio.routes import OPERATIONS
from simulators.frameio.settings import Settings
from simulators.frameio.store import Store
from simulators.frameio.world import World
from simulators.instants import Clock
from simulators.journal import Journal

Endpoint = Callable[[Request], Awaitable[Response]]


class FrameioSimulator:
    """`app` is served by `simulators.serving.running`, or called in process; then `aclose` ends its fetches."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self._world = World.new(settings or Settings(), clock)
        self.app = _build(self._world)

    @property
    def store(self) -> Store:
        return self._world.store

    @property
    def faults(self) -> FaultQueue:
        return self._world.faults

    @property
    def journal(self) -> Journal:
        return self._world.journal

    async def fetched(self) -> None:
        """Wait until no fetch is under way."""
        await self._world.fetcher.idle()

    async def aclose(self) -> None:
        await self._world.aclose()


def _build(world: World) -> Starlette:
    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await world.aclose()

    async def unknown(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return await refuse_unknown(world, request, status)

    calls = [Route(one.path, _endpoint(world, one), methods=[one.method]) for one in OPERATIONS]
    return Starlette(
        routes=[*calls, *admin.routes(world), *pages.routes(world)],
        exception_handlers={404: unknown, 405: unknown},
        lifespan=lifespan,
    )


def _endpoint(world: World, operation: Operation) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await perform(world, operation, request)

    return endpoint
