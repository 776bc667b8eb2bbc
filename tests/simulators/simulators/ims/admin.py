"""Edge: the routes under /_sim of the simulated IMS."""

from collections.abc import Callable
from dataclasses import asdict

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators import desk
from simulators.ims.faults import Faults
from simulators.ims.settings import Settings
from simulators.ims.world import World

NAMES = ("authorize", "token", "revoke")


def routes(world: World) -> list[Route]:
    admin = Admin(world)
    return [
        *desk.routes(world.journal, world.faults, lambda body: Faults.model_validate_json(body).faults, NAMES),
        Route("/_sim/state", admin.state),
        Route("/_sim/introspect", admin.introspect, methods=["POST"]),
        Route("/_sim/settings", admin.change_settings, methods=["POST"]),
        Route("/_sim/{action}", admin.act, methods=["POST"]),
    ]


class Admin:
    def __init__(self, world: World) -> None:
        self._world = world

    async def state(self, _: Request) -> Response:
        return JSONResponse(asdict(self._world.grants.counts) | {"violations": self._world.journal.violations})

    async def introspect(self, request: Request) -> Response:
        """What a token is worth, after RFC 7662; `known`: it was issued here. Token as JSON: `{"token": "…"}`."""
        token = str((await request.json())["token"])
        grants = self._world.grants
        return JSONResponse({"active": grants.is_active(token, self._world.clock()), "known": token in grants.accesses})

    async def change_settings(self, request: Request) -> Response:
        """Changes what the body names; answers all settings but the secret."""
        changed = self._world.settings.model_dump() | await request.json()
        try:
            self._world.settings = Settings.model_validate(changed)
        except ValidationError as error:
            return desk.not_understood(error)
        return JSONResponse(self._world.settings.model_dump(exclude={"client_secret"}))

    async def act(self, request: Request) -> Response:
        world = self._world
        actions: dict[str, Callable[[], None]] = {
            "expire": lambda: world.grants.expire_accesses(world.clock()),
            "revoke": lambda: world.grants.revoke_all(),
            "reset": world.clear,
        }
        action = actions.get(request.path_params["action"])
        if action is None:
            return desk.errors(404, f"there is no such action; there are {', '.join(sorted(actions))}")
        action()
        return await self.state(request)
