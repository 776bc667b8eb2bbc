"""Edge: the command `postflow parked`, and its answers as people read them."""

from typing import Annotated

import typer
from rich.text import Text

from console import parking
from console.answers import AllSettled, Looked, Parked, PutAside
from console.printing import terminal, titled
from console.running import EXIT_USAGE, exit_unless, fail, print_json, run
from console.settings import Settings
from postflow.bus import Bus

Number = Annotated[int | None, typer.Argument(min=1, metavar="NUMBER", help="A message; the list has its number.")]


def parked(
    message: Number = None,
    retry: Annotated[bool, typer.Option("--retry", help="Show it to its reader again.")] = False,
    let_go: Annotated[bool, typer.Option("--let-go", help="List and count it no more.")] = False,
    every: Annotated[bool, typer.Option("--all", help="With --retry or --let-go: all that is put aside.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """What readers could not handle and put aside; with a number that message itself, and why."""
    if (retry and let_go) or ((message is None) != every if retry or let_go else every):
        fail("--retry and --let-go take the number of a message, or --all; one of them at a time.", EXIT_USAGE)

    async def look(bus: Bus, _: Settings) -> None:
        if message is None:
            listed = await parking.listed(bus)
            print_json(listed) if json else show_all(listed)
        else:
            looked = await parking.looked(bus, message)
            print_json(looked) if json else show(looked)

    async def settle(bus: Bus, _: Settings) -> None:
        settled = await (parking.retry if retry else parking.let_go)(bus, message)
        print_json(settled) if json else show_settled(settled)
        exit_unless(all(one.done for one in settled.messages))

    run(settle if retry or let_go else look)


def show_all(answer: Parked) -> None:
    table = titled("number", "when (UTC)", "reader", "what about", "why")
    for one in answer.messages:
        table.add_row(str(one.message), f"{one.at:%Y-%m-%d %H:%M:%S}", one.reader, one.about, _why(one))
    terminal().print(table if table.row_count else "No message is put aside.")


def show(answer: Looked) -> None:
    console = terminal()
    if answer.subject is None:
        console.print(f"The stream does not hold message {answer.message} any more.")
    else:
        when = f", {answer.at:%Y-%m-%d %H:%M:%S} UTC" if answer.at else ""
        console.print(f"Message {answer.message}{when}\n{answer.subject}")
        for name, value in answer.headers.items():
            console.print(f"{name}: {value}")
        console.print(f"\n{answer.body or 'Its body is empty.'}", soft_wrap=True)
    for one in answer.put_aside:
        became = "" if one.became.is_open else f" ({parking.SAID[one.became]})"
        console.print(f"\nPut aside by {one.reader} at {one.at:%Y-%m-%d %H:%M:%S} UTC{became}.\n{_why(one)}")


def show_settled(answer: AllSettled) -> None:
    table = titled("number", "reader", "done", "what")
    for one in answer.messages:
        said = f"{one.said}\n→ {one.what_to_do}" if one.what_to_do else one.said
        done = Text("yes", "green") if one.done else Text("no", "bold red")
        table.add_row(str(one.message), one.reader, done, said)
    terminal().print(table if table.row_count else "No message is put aside.")


def _why(one: PutAside) -> str:
    return f"{one.code}: {one.why}" + (f"\n→ {one.what_to_do}" if one.what_to_do else "")
