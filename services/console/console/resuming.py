"""Edge: the command `resume`: what a person paused goes on, and what waits for a person's word gets it."""

import sys
from typing import Annotated

import typer

from console import acting, showing
from console.answers import Resumed
from console.running import EXIT_USAGE, fail, print_json, run
from console.settings import Settings
from postflow.bus import Bus
from postflow.desk import (
    ASK_HELD,
    ASK_VOLUME,
    ASK_WAITING,
    HeldAnswer,
    HeldQuestion,
    VolumeAnswer,
    VolumeQuestion,
    WaitingAnswer,
    WaitingQuestion,
)
from postflow.errors import BusUnavailable, PostFlowError

NOBODY_SAYS = "The watcher does not answer: files that it holds back stay so."


class NotDone(PostFlowError):
    """The watcher says why."""


def resume(
    route: Annotated[str | None, typer.Option(help="Only this route: its name, or show/name.")] = None,
    leave: Annotated[bool, typer.Option("--leave", help="Do not send the files that are held back.")] = False,
    volume: Annotated[bool, typer.Option("--volume", help="The volume is the right one as it is mounted now.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Go on with what was paused; if nothing was, send what is held back as soon as it is quiet and whole."""
    if leave + volume + (route is not None) > 1:
        fail("Give --route for what was paused, or --leave for what is held back, or --volume.", EXIT_USAGE)

    async def act(bus: Bus, _: Settings) -> None:
        try:
            if volume:
                answer = await believed(bus)
            else:
                answer = await left_alone(bus) if leave else await gone_on(bus, route)
        except acting.UnknownRoute as error:
            fail(str(error), EXIT_USAGE)
        print_json(answer) if json else showing.resumed(answer)
        if answer.held is None:
            print(NOBODY_SAYS, file=sys.stderr)

    run(act)


async def gone_on(bus: Bus, route: str | None) -> Resumed:
    """Pauses first: whoever ends one may not know that something is held back, and hears of it.

    Raises:
        UnknownRoute: this route is not paused by itself.
        NotDone
        BusUnavailable
    """
    pauses, ended = await acting.resume(bus, route)
    held = await _count(bus)
    if not held or route is not None or ended:
        return Resumed(all=pauses.all, ended=tuple(ended), held=held)
    answer = await _ask(bus, HeldQuestion())
    return Resumed(all=pauses.all, taken_up=answer.taken_up, held=await _count(bus))


async def left_alone(bus: Bus) -> Resumed:
    """Raises NotDone and BusUnavailable."""
    answer = await _ask(bus, HeldQuestion(leave=True))
    return Resumed(left=answer.left)


async def believed(bus: Bus) -> Resumed:
    """Another volume is mounted than before, and it is the right one. Raises NotDone and BusUnavailable."""
    answer = await bus.ask(ASK_VOLUME, VolumeQuestion(), VolumeAnswer, timeout_s=acting.WATCHER_S)
    if answer.problem:
        raise NotDone(answer.problem)
    return Resumed(volume=answer.now)


async def _ask(bus: Bus, question: HeldQuestion) -> HeldAnswer:
    answer = await bus.ask(ASK_HELD, question, HeldAnswer, timeout_s=acting.WATCHER_S)
    if answer.problem:
        raise NotDone(answer.problem)
    return answer


async def _count(bus: Bus) -> int | None:
    """None if the watcher does not answer."""
    try:
        waiting = await bus.ask(ASK_WAITING, WaitingQuestion(limit=1), WaitingAnswer, timeout_s=acting.WATCHER_S)
    except BusUnavailable:
        return None
    return waiting.held
