"""Edge: what every webhook call goes through: version, client, webhook, limits, queued faults, then its own work."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.discord import answers, faults, refusals
from simulators.discord.answers import BanPage
from simulators.discord.refusals import Refused
from simulators.discord.settings import Webhook
from simulators.discord.world import World
from simulators.faults import CutAnswer, Delay, DelayAnswer, Reset
from simulators.journal import Call as Record
from simulators.serving import BrokenOff, ConnectionCut

_BOT = re.compile(r"DiscordBot \(\S+, \S+\)")


@dataclass(frozen=True, slots=True)
class Call:
    """One call on a webhook that exists. `milliseconds`: it came by the deprecated path without a version."""

    world: World
    request: Request
    route: str
    webhook: Webhook
    milliseconds: bool
    now: float


Work = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint, by the name that faults and the journal call it."""

    name: str
    method: str
    path: str
    work: Work


async def perform(world: World, operation: Operation, request: Request, *, versioned: bool) -> Response:
    now = world.clock()
    injected = False
    try:
        if not versioned:
            world.violate("unversioned", operation.name, "/api/webhooks is the deprecated default version")
        response, injected = await _admitted(world, operation, request, milliseconds=not versioned)
    except Refused as refused:
        response = answers.refusal(refused)
        if refused.violation is not None:
            world.violate(refused.violation, operation.name, str(refused))
    if not isinstance(response, BanPage):
        response.headers.update(answers.VIA)
        response.headers.update(world.limits.headers(request.path_params["webhook_id"], now))
    status = 0 if isinstance(response, ConnectionCut) else response.status_code
    if status in (401, 403, 429) and response.headers.get("X-RateLimit-Scope") != "shared":
        world.limits.invalid(now)
    world.journal.record(Record(now, operation.name, request.method, request.url.path, status, injected))
    return response


async def refuse_unknown(world: World, request: Request, status: int) -> Response:
    world.violate("unknown_route", "unknown", f"{request.method} {request.url.path}")
    world.journal.record(Record(world.clock(), "unknown", request.method, request.url.path, status))
    content = {"message": f"{status}: Not Found", "code": 0}
    return JSONResponse(content, status_code=status, headers=answers.VIA)


async def _admitted(
    world: World, operation: Operation, request: Request, *, milliseconds: bool
) -> tuple[Response, bool]:
    """The answer, and whether a queued fault gave it."""
    now = world.clock()
    if world.limits.banned(now):
        return BanPage(), False
    if not world.settings.any_user_agent and not _BOT.match(request.headers.get("user-agent", "")):
        raise Refused(refusals.BLOCKED_CLIENT, violation="user_agent")
    webhook = _webhook(world, request)
    writes = operation.method != "GET"
    overflow = world.limits.call(webhook.id, webhook.channel_id, writes=writes, now=now)
    if overflow is not None:
        raise refusals.RateLimited(overflow, milliseconds=milliseconds)
    mishap = await _before(world, operation)
    if mishap is not None:
        return mishap, True
    response = await operation.work(Call(world, request, operation.name, webhook, milliseconds, world.clock()))
    mishap = await _after(world, operation, response)
    return (mishap, True) if mishap is not None else (response, False)


def _webhook(world: World, request: Request) -> Webhook:
    """
    Raises:
        Refused: unknown, which is no fault the first time (somebody may have deleted it) and one ever after.
    """
    webhook_id = request.path_params["webhook_id"]
    webhook = world.messages.webhooks.get(webhook_id)
    if webhook is None:
        again = webhook_id in world.messages.reported_unknown
        world.messages.reported_unknown.add(webhook_id)
        raise Refused(refusals.UNKNOWN_WEBHOOK, violation="dead_webhook" if again else None)
    if not secrets.compare_digest(request.path_params["token"].encode(), webhook.token.encode()):
        raise Refused(refusals.INVALID_TOKEN, violation="unauthorized")
    return webhook


async def _before(world: World, operation: Operation) -> Response | None:
    if delay := world.faults.take(Delay, route=operation.name):
        await asyncio.sleep(delay.delay_s)
    if world.faults.take(Reset, route=operation.name):
        return ConnectionCut()
    if world.faults.take(faults.Ban, route=operation.name):
        return BanPage()
    if wanted := world.faults.take(faults.Status, route=operation.name):
        return _injected(wanted)
    return None


async def _after(world: World, operation: Operation, answer: Response) -> Response | None:
    if delay := world.faults.take(DelayAnswer, route=operation.name):
        await asyncio.sleep(delay.delay_s)
    if world.faults.take(CutAnswer, route=operation.name):
        return BrokenOff(answer)
    if operation.method == "GET":
        return None
    if world.faults.take(faults.ResetAfterCommit, route=operation.name):
        return ConnectionCut()
    if error := world.faults.take(faults.ErrorAfterCommit, route=operation.name):
        return answers.html_page(error.status)
    return None


def _injected(wanted: faults.Status) -> Response:
    html = wanted.status >= 500 if wanted.html is None else wanted.html
    if html:
        return answers.html_page(wanted.status)
    content: dict[str, object] = {"message": wanted.message, "code": wanted.code}
    headers = {}
    if wanted.retry_after_s is not None:
        content |= {"retry_after": wanted.retry_after_s, "global": wanted.scope == "global"}
        headers["Retry-After"] = str(int(-(-wanted.retry_after_s // 1)))
    if wanted.scope is not None:
        headers["X-RateLimit-Scope"] = wanted.scope
    return JSONResponse(content, status_code=wanted.status, headers=headers)
