"""Edge: the commands that have something done: deliver, retry, pause, resume; and rehearse, which only asks."""

import getpass
import os
from collections.abc import AsyncIterator

from console import switches
from postflow.bus import Bus
from postflow.clock import now
from postflow.desk import (
    ASK_DELIVER,
    ASK_REHEARSE,
    ASK_RETRY,
    ASK_WAITING,
    DeliverAnswer,
    DeliverQuestion,
    RehearseAnswer,
    RehearseQuestion,
    RetryAnswer,
    RetryQuestion,
    WaitingAnswer,
    WaitingQuestion,
)
from postflow.errors import BusUnavailable, PostFlowError
from postflow.pauses import Pause, Pauses
from postflow.questions import (
    ASK_LOGIN_BEGIN,
    ASK_LOGIN_FINISH,
    LOGIN_TIMEOUT_S,
    LoginBeginAnswer,
    LoginBeginQuestion,
    LoginFinishAnswer,
    LoginFinishQuestion,
)

WATCHER_S = 30.0
"""It may have to look at a slow mount, and to write."""


class UnknownRoute(PostFlowError):
    """The rules in force have no such route, or it is not paused."""


async def deliver(bus: Bus, path: str, *, again: bool) -> DeliverAnswer:
    return await bus.ask(ASK_DELIVER, DeliverQuestion(path=path, again=again), DeliverAnswer, timeout_s=WATCHER_S)


async def retry(bus: Bus, file_id: str | None) -> list[DeliverAnswer]:
    """One, or without an id all that failed."""
    results: list[DeliverAnswer] = []
    after: str | None = ""
    while after is not None:
        question = RetryQuestion(file_id=file_id, after=after)
        answer = await bus.ask(ASK_RETRY, question, RetryAnswer, timeout_s=WATCHER_S)
        results += answer.results
        after = answer.after
    return results


async def pause(bus: Bus, route: str | None) -> tuple[Pauses, str]:
    """What is paused then, and what people should know of that besides.

    Raises:
        UnknownRoute: if the watcher is there to say so. It may be away for its rules, which is a time to pause.
    """
    remark = "" if route is None else await _unchecked(bus, route)
    begun = Pause(route=route, by=_who(), since=now())
    return await switches.change(bus, switches.PAUSES, lambda held: held.paused(begun)), remark


async def _unchecked(bus: Bus, route: str) -> str:
    try:
        known = await bus.ask(ASK_WAITING, WaitingQuestion(limit=1), WaitingAnswer, timeout_s=WATCHER_S)
    except BusUnavailable:
        return f"The watcher does not answer, so nobody has checked whether there is a route {route}."
    if route not in {name for full in known.routes for name in (full, full.partition("/")[2])}:
        raise UnknownRoute(f"no show has a route {route}; there are {', '.join(known.routes) or 'none'}")
    return ""


async def resume(bus: Bus, route: str | None) -> tuple[Pauses, list[Pause]]:
    """What is paused then, and which pauses have ended. Raises UnknownRoute: this route is not paused by itself."""
    before: list[Pause] = []

    def resumed(held: Pauses) -> Pauses:
        paused = [each.route or "everything" for each in held.all]
        if route is not None and route not in paused:
            raise UnknownRoute(f"the route {route} is not paused; what is: {', '.join(paused) or 'nothing'}")
        before[:] = held.all
        return held.resumed(route)

    left = await switches.change(bus, switches.PAUSES, resumed)
    return left, [pause for pause in before if pause not in left.all]


async def rehearse(bus: Bus, rules: str | None, folder: str) -> AsyncIterator[RehearseAnswer]:
    """Page by page."""
    after: str | None = None
    while True:
        question = RehearseQuestion(rules=rules, folder=folder, after=after)
        page = await bus.ask(ASK_REHEARSE, question, RehearseAnswer, timeout_s=WATCHER_S)
        yield page
        after = page.after
        if after is None:
            return


async def login_begin(bus: Bus) -> LoginBeginAnswer:
    return await bus.ask(ASK_LOGIN_BEGIN, LoginBeginQuestion(), LoginBeginAnswer, timeout_s=LOGIN_TIMEOUT_S)


async def login_finish(bus: Bus, redirect: str) -> LoginFinishAnswer:
    question = LoginFinishQuestion(redirect=redirect)
    return await bus.ask(ASK_LOGIN_FINISH, question, LoginFinishAnswer, timeout_s=LOGIN_TIMEOUT_S)


def _who() -> str:
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (OSError, KeyError):
        return "the operator"  # a container's user has no name
