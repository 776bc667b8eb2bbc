"""Edge: puts the simulated Discord together as a Starlette app."""

import time
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route

from simulators import unknown
from simulators.discord import admin
from simulators.discord.calls import perform, refuse_unknown
from simulators.discord.messages import Messages
from simulators.discord.routes import OPERATIONS
from simulators.discord.settings import Settings
from simulators.discord.world import World
from simulators.instants import Clock


class DiscordSimulator:
    """`app` is served by `simulators.serving.running`, or called in process."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self._world = World.new(settings or Settings(), clock)
        self.faults, self.journal = self._world.faults, self._world.journal
        self.app = _build(self._world)

    @property
    def messages(self) -> Messages:
        return self._world.messages


def _build(world: World) -> Starlette:
    calls = [
        Route(prefix + one.path, partial(perform, world, one, versioned=versioned), methods=[one.method])
        for one in OPERATIONS
        for prefix, versioned in (("/api/v10", True), ("/api", False))
    ]
    return Starlette(
        routes=[*calls, *admin.routes(world)], exception_handlers=unknown.handlers(partial(refuse_unknown, world))
    )
