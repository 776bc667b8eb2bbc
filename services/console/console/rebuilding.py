"""Edge: the command `rebuild`: a ledger that was lost is made anew, once a person has seen what that comes to."""

import asyncio
import sys
from typing import Annotated

import typer

from console import acting
from console.printing import terminal, titled
from console.running import EXIT_INTERRUPTED, EXIT_RED, exit_unless, fail, print_json, run
from console.settings import Settings
from postflow.bus import Bus
from postflow.rebuilds import ASK_REBUILD, Rebuild, RebuildAnswer, RebuildQuestion, RebuildStep, Stock
from postflow.wording import counted

LOOK_S = 1.0

WHAT_HAPPENS = {
    "delivered": "known as delivered",
    "unfinished": "go on; what nobody has any more is released as the next attempt",
    "failed": "wait for `postflow retry`",
    "rejected": "stay so, unless the rules are others now",
    "left_alone": "stay so",
    "changed": "sent as they are now, when they are quiet and whole; very many are held back",
}
KNOWN, NEW = "left alone", "sent, when they are quiet and whole"


def rebuild(
    deliver_unknown: Annotated[
        bool, typer.Option("--deliver-unknown", help="Send the files that the stream knows nothing of.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON; with --yes it is done.")] = False,
) -> None:
    """Make the watcher's ledger anew from the stream, if it was lost. Says first what that comes to, and asks."""
    answers: list[RebuildAnswer] = []

    async def look(bus: Bus, _: Settings) -> None:
        answers.append(await looked(bus))

    async def go(bus: Bus, _: Settings) -> None:
        answers.append(await gone(bus, deliver_unknown=deliver_unknown))

    run(look)
    if not json:
        show(answers[-1], deliver_unknown=deliver_unknown)
    if answers[-1].state is Rebuild.LOOKED and (yes or (not json and _agrees())):
        run(go)
        if not json:
            show(answers[-1], deliver_unknown=deliver_unknown)
    if json:
        print_json(answers[-1])
    exit_unless(answers[-1].state in (Rebuild.WHOLE, Rebuild.DONE))


async def looked(bus: Bus) -> RebuildAnswer:
    """What would be done; nothing is. Raises BusUnavailable."""
    return await _until_over(bus, await _ask(bus, RebuildQuestion(step=RebuildStep.LOOK)))


async def gone(bus: Bus, *, deliver_unknown: bool) -> RebuildAnswer:
    """Only after a look. Raises BusUnavailable."""
    question = RebuildQuestion(step=RebuildStep.GO, deliver_unknown=deliver_unknown)
    return await _until_over(bus, await _ask(bus, question))


async def _until_over(bus: Bus, answer: RebuildAnswer) -> RebuildAnswer:
    while answer.state in (Rebuild.LOOKING, Rebuild.REBUILDING):
        if sys.stderr.isatty():
            told = f"{answer.sequence:,} messages of the stream, {counted(answer.stock.files, 'file')} so far"
            print(f"\r{told}", end="\033[K\r", file=sys.stderr, flush=True)
        await asyncio.sleep(LOOK_S)
        answer = await _ask(bus, RebuildQuestion(step=RebuildStep.WAIT))
    return answer


async def _ask(bus: Bus, question: RebuildQuestion) -> RebuildAnswer:
    return await bus.ask(ASK_REBUILD, question, RebuildAnswer, timeout_s=acting.WATCHER_S)


def show(answer: RebuildAnswer, *, deliver_unknown: bool) -> None:
    console = terminal()
    match answer.state:
        case Rebuild.WHOLE:
            console.print("The ledger was not lost: there is nothing to be done.")
        case Rebuild.DONE:
            console.print("The ledger was made anew, and the watcher goes on. `postflow status` says more.")
        case Rebuild.LOOKED:
            _plan(answer.stock, deliver_unknown=deliver_unknown)
            if answer.unanswered:
                console.print(f"{counted(answer.unanswered, 'place')} gave no answer and will be looked at later.")
        case _:
            fail(f"Nothing is released: {answer.problem}", EXIT_RED)


def _plan(stock: Stock, *, deliver_unknown: bool) -> None:
    console = terminal()
    told = {**WHAT_HAPPENS, "unknown": NEW if deliver_unknown else KNOWN}
    table = titled("there now", "files", "would be")
    for name, count in stock.model_dump().items():
        if count:
            table.add_row(name.replace("_", " "), f"{count:,}", told[name])
    console.print(table if table.row_count else "No file is there.")


def _agrees() -> bool:
    """Asked for outside of any event loop, which would keep a Ctrl-C to itself."""
    try:
        agrees = typer.confirm("\nMake the ledger anew so?")
    except (EOFError, KeyboardInterrupt, typer.Abort):
        raise typer.Exit(EXIT_INTERRUPTED) from None
    if not agrees:
        print("Nothing was done, and nothing is released.")
    return agrees
