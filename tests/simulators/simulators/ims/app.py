"""Edge: puts the simulated IMS together as a Starlette app."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from simulators.faults import Delay, DelayAnswer, FaultQueue
from simulators.ims import admin, calls
from simulators.ims.faults import LostAnswer, Status
from simulators.ims.grants import Grants
from simulators.ims.refusals import Refused
from simulators.ims.settings import Settings
from simulators.ims.world import World
from simulators.instants import Clock
from simulators.journal import Call, Journal
from simulators.serving import ConnectionCut

Work = Callable[[World, Request], Awaitable[Response]]


class ImsSimulator:
    """`app` is served by `simulators.serving.running`, or called in process."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self._world = World(settings or Settings(), clock)
        self.app = Starlette(
            routes=[
                self._call("/ims/authorize/v2", "GET", "authorize", calls.authorize),
                self._call("/ims/token/v3", "POST", "token", calls.token),
                self._call("/ims/revoke", "POST", "revoke", calls.revoke),
                *admin.routes(self._world),
            ]
        )

    @property
    def grants(self) -> Grants:
        return self._world.grants

    @property
    def faults(self) -> FaultQueue:
        return self._world.faults

    @property
    def journal(self) -> Journal:
        return self._world.journal

    def change(self, **changed: object) -> None:
        """Other settings from now on."""
        self._world.settings = Settings.model_validate(self._world.settings.model_dump() | changed)

    def _call(self, path: str, method: str, route: str, work: Work) -> Route:
        async def endpoint(request: Request) -> Response:
            answer = await _perform(self._world, route, work, request)
            status = 0 if isinstance(answer, ConnectionCut) else answer.status_code
            self.journal.record(Call(self._world.clock(), route, request.method, path, status))
            return answer

        return Route(path, endpoint, methods=[method])


async def _perform(world: World, route: str, work: Work, request: Request) -> Response:
    if delay := world.faults.take(Delay, route=route):
        await asyncio.sleep(delay.delay_s)
    if status := world.faults.take(Status, route=route):
        return HTMLResponse(f"<html><body><h1>{status.status}</h1></body></html>", status.status)
    try:
        answer = await work(world, request)
    except Refused as refused:
        return calls.refusal(world, route, refused)
    if late := world.faults.take(DelayAnswer, route=route):
        await asyncio.sleep(late.delay_s)
    if world.faults.take(LostAnswer, route=route):
        world.grants.lose_answer(await calls.refresh_token_of(request))
        return ConnectionCut()
    return answer
