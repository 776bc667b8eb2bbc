"""Edge: the command `verify-log`: is the access log of the fileserver as it was written?"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from console import showing
from console.running import EXIT_USAGE, exit_unless, fail, print_json, run
from console.settings import Settings
from postflow.bus import Bus
from postflow.errors import BusUnavailable
from postflow.questions import ASK_VERIFY_LOG, VerifyLogAnswer, VerifyLogQuestion
from postflow.verifying import verified

VERIFY_S = 300.0


def verify_log(
    folder: Annotated[Path | None, typer.Argument(help="A copy of the log; without one, the fileserver looks.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Find whatever was changed in, taken out of or put into the access log."""

    async def act(bus: Bus, _: Settings) -> None:
        answer = await (_of_fileserver(bus) if folder is None else _of_copy(bus, folder))
        print_json(answer) if json else showing.verified(answer)
        exit_unless(not answer.problems)

    run(act)


async def _of_fileserver(bus: Bus) -> VerifyLogAnswer:
    return await bus.ask(ASK_VERIFY_LOG, VerifyLogQuestion(), VerifyLogAnswer, timeout_s=VERIFY_S)


async def _of_copy(bus: Bus, folder: Path) -> VerifyLogAnswer:
    """What NATS remembers is newer than a copy may be: an end that is missing is told all the same."""
    try:
        told = await bus.ask(ASK_VERIFY_LOG, VerifyLogQuestion(only_link=True), VerifyLogAnswer)
    except BusUnavailable:
        told = VerifyLogAnswer()
    try:
        return await asyncio.to_thread(verified, folder, told.remembered)
    except OSError as error:
        fail(f"{folder} cannot be read: {error.strerror}", EXIT_USAGE)
