"""Edge: puts the simulated Frame.io together as a Starlette app."""

import contextlib
import time
from collections.abc import AsyncIterator
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route

from simulators import unknown
from simulators.frameio import admin, pages
from simulators.frameio.operations import perform, refuse_unknown
from simulators.frameio.routes import OPERATIONS
from simulators.frameio.settings import Settings
from simulators.frameio.store import Store
from simulators.frameio.world import World
from simulators.instants import Clock


class FrameioSimulator:
    """`app` is served by `simulators.serving.running`, or called in process; then `aclose` ends its fetches."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self._world = World.new(settings or Settings(), clock)
        self.faults, self.journal = self._world.faults, self._world.journal
        self.app = _build(self._world)

    @property
    def store(self) -> Store:
        return self._world.store

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

    calls = [Route(one.path, partial(perform, world, one), methods=[one.method]) for one in OPERATIONS]
    return Starlette(
        routes=[*calls, *admin.routes(world), *pages.routes(world)],
        exception_handlers=unknown.handlers(partial(refuse_unknown, world)),
        lifespan=lifespan,
    )
