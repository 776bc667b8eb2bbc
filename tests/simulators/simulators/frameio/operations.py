"""Edge: what every V4 call goes through: bearer, bucket, queued faults, then its own work; and the journal."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from simulators.faults import CutAnswer, Delay, DelayAnswer, Reset
from simulators.frameio.answers import error_answer, refusal
from simulators.frameio.faults import ErrorAfterCommit, Nonsense, Status
from simulators.frameio.limits import HUNDRED_A_MINUTE, Limit, rate_headers
from simulators.frameio.refusals import Refused
from simulators.frameio.world import World
from simulators.journal import Call, Violation
from simulators.serving import BrokenOff, ConnectionCut

Work = Callable[[World, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint. `name` is what faults and the journal call it."""

    name: str
    method: str
    path: str
    limit: Limit
    work: Work


async def perform(world: World, operation: Operation, request: Request) -> Response:
    limit = operation.limit.scaled(world.settings.limit_scale)
    bucket = world.buckets.bucket(world.store.user.id, operation.name, limit)
    injected = False
    try:
        await world.bearers.admit(request.headers.get("authorization", ""))
        if not bucket.pour(world.clock()):
            raise Refused(429, violation="rate_limited")
        name = _name_in(await request.body()) or _name_of(world, request)
        response = await _before(world, operation, name)
        injected = response is not None
        if response is None:
            response = await operation.work(world, request)
            mishap = await _after(world, operation, name, response)
            injected = mishap is not None
            response = mishap or response
    except Refused as refused:
        response = _refuse(world, operation.name, refused)
    response.headers.update(bucket.headers())
    _record(world, operation.name, request, response, injected=injected)
    return response


async def refuse_unknown(world: World, request: Request, status: int) -> Response:
    """A path or method that V4 does not have, or that this simulator does not know."""
    errors = [{"detail": f"No such endpoint: {request.method} {request.url.path}"}]
    refused = Refused(status, errors, violation="unknown_route")
    response = _refuse(world, "unknown", refused)
    response.headers.update(rate_headers(HUNDRED_A_MINUTE, HUNDRED_A_MINUTE.calls))
    _record(world, "unknown", request, response, injected=False)
    return response


async def _before(world: World, operation: Operation, name: str | None) -> Response | None:
    delay = world.faults.take(Delay, route=operation.name, name=name)
    if delay is not None:
        await asyncio.sleep(delay.delay_s)
    if world.faults.take(Reset, route=operation.name, name=name):
        return ConnectionCut()
    status = world.faults.take(Status, route=operation.name, name=name)
    if status is None:
        return None
    return error_answer(status.status, html=status.html, empty=status.empty, retry_after_s=status.retry_after_s)


async def _after(world: World, operation: Operation, name: str | None, answer: Response) -> Response | None:
    delay = world.faults.take(DelayAnswer, route=operation.name, name=name)
    if delay is not None:
        await asyncio.sleep(delay.delay_s)
    if nonsense := world.faults.take(Nonsense, route=operation.name, name=name):
        return HTMLResponse(nonsense.body, status_code=nonsense.status)
    if world.faults.take(CutAnswer, route=operation.name, name=name):
        return BrokenOff(answer)
    if operation.method == "GET":
        return None
    mishap = world.faults.take(ErrorAfterCommit, route=operation.name, name=name)
    if mishap is None:
        return None
    return ConnectionCut() if mishap.cut else error_answer(mishap.status)


def _name_in(body: bytes) -> str | None:
    """The name that a call is about to create, so that a fault can be meant for one file of many."""
    try:
        name = json.loads(body)["data"]["name"]
    except (ValueError, LookupError, TypeError):
        return None
    return name if isinstance(name, str) else None


def _name_of(world: World, request: Request) -> str | None:
    """The name of the file that a call is about by its id."""
    file = world.store.files.get(request.path_params.get("file_id", ""))
    return None if file is None else file.name


def _refuse(world: World, route: str, refused: Refused) -> Response:
    if refused.violation is not None:
        world.journal.violate(Violation(world.clock(), refused.violation, route, str(refused)))
    return refusal(refused)


def _record(world: World, route: str, request: Request, response: Response, *, injected: bool) -> None:
    status = 0 if isinstance(response, ConnectionCut) else response.status_code
    path = request.url.path
    world.journal.record(Call(world.clock(), route, request.method, path, status, injected))
