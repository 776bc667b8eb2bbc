"""Edge: what every call of IMS goes through: queued faults, its own work, and the journal."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from simulators.faults import Delay, DelayAnswer, Reset
from simulators.ims import calls
from simulators.ims.faults import ErrorAfterCommit, LostAnswer, Status
from simulators.ims.refusals import Refused
from simulators.ims.world import World
from simulators.journal import Call
from simulators.serving import ConnectionCut

Work = Callable[[World, Request], Awaitable[Response]]


async def perform(world: World, route: str, work: Work, request: Request) -> Response:
    try:
        answer = await _before(world, route)
        injected = answer is not None
        if answer is None:
            answer = await work(world, request)
            mishap = await _after(world, route, request)
            injected = mishap is not None
            answer = mishap or answer
    except Refused as refused:
        answer, injected = calls.refusal(world, route, refused), False
    _record(world, route, request, answer, injected=injected)
    return answer


async def refuse_unknown(world: World, request: Request, status: int) -> Response:
    """A path or method that IMS does not have, or that this simulator does not know."""
    world.violate("unknown_route", "unknown", f"{request.method} {request.url.path}")
    answer = _page(status)
    _record(world, "unknown", request, answer, injected=False)
    return answer


async def _before(world: World, route: str) -> Response | None:
    if delay := world.faults.take(Delay, route=route):
        await asyncio.sleep(delay.delay_s)
    if world.faults.take(Reset, route=route):
        return ConnectionCut()
    status = world.faults.take(Status, route=route)
    return None if status is None else _injected(status)


async def _after(world: World, route: str, request: Request) -> Response | None:
    """Of a rotation whose answer is lost nobody ever sees the new pair."""
    if late := world.faults.take(DelayAnswer, route=route):
        await asyncio.sleep(late.delay_s)
    if world.faults.take(LostAnswer, route=route):
        world.grants.lose_answer(await calls.refresh_token_of(request))
        return ConnectionCut()
    if error := world.faults.take(ErrorAfterCommit, route=route):
        world.grants.lose_answer(await calls.refresh_token_of(request))
        return _page(error.status)
    return None


def _injected(wanted: Status) -> Response:
    headers = {} if wanted.retry_after_s is None else {"retry-after": f"{wanted.retry_after_s:g}"}
    if wanted.error is None:
        return _page(wanted.status, headers)
    return JSONResponse({"error": wanted.error, "error_description": "injected"}, wanted.status, headers)


def _page(status: int, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(f"<html><body><h1>{status}</h1></body></html>", status, headers)


def _record(world: World, route: str, request: Request, answer: Response, *, injected: bool) -> None:
    status = 0 if isinstance(answer, ConnectionCut) else answer.status_code
    world.journal.record(Call(world.clock(), route, request.method, request.url.path, status, injected))
