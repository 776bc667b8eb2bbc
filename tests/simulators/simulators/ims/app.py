"""Edge: puts the simulated IMS together as a Starlette app."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators import unknown
from simulators.ims import admin, calls
from simulators.ims.grants import Grants
from simulators.ims.performing import perform, refuse_unknown
from simulators.ims.settings import Settings
from simulators.ims.world import World
from simulators.instants import Clock

Work = Callable[[World, Request], Awaitable[Response]]


class ImsSimulator:
    """`app` is served by `simulators.serving.running`, or called in process."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self._world = World(settings or Settings(), clock)
        self.faults, self.journal = self._world.faults, self._world.journal
        self.app = Starlette(
            routes=[
                self._call("/ims/authorize/v2", "GET", "authorize", calls.authorize),
                self._call("/ims/token/v3", "POST", "token", calls.token),
                self._call("/ims/revoke", "POST", "revoke", calls.revoke),
                *admin.routes(self._world),
            ],
            exception_handlers=unknown.handlers(partial(refuse_unknown, self._world)),
        )

    @property
    def grants(self) -> Grants:
        return self._world.grants

    def change(self, **changed: object) -> None:
        """Other settings from now on."""
        self._world.settings = Settings.model_validate(self._world.settings.model_dump() | changed)

    def _call(self, path: str, method: str, route: str, work: Work) -> Route:
        async def endpoint(request: Request) -> Response:
            return await perform(self._world, route, work, request)

        return Route(path, endpoint, methods=[method])
