"""Edge: the command `postflow`. The only place that wires the console."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from console import acting, looking, pasting, showing
from console.answers import Retried
from console.checking import check
from console.parked import parked
from console.rebuilding import rebuild
from console.resuming import resume
from console.running import (
    EXIT_INTERRUPTED,
    EXIT_RED,
    EXIT_USAGE,
    exit_unless,
    fail,
    print_json,
    refuse_what_is_not_utf8,
    run,
)
from console.settings import Settings
from console.verifying import verify_log
from postflow.bus import Bus
from postflow.desk import RehearseAnswer, Rehearsed, fit_for_a_question

app = typer.Typer(
    name="postflow",
    help="The operator's desk of PostFlow. Set NATS_URL (and NATS_USER, NATS_PASSWORD) as the services have them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
PathOrId = Annotated[str, typer.Argument(help="Absolute on the mount, or inside the filespace; or a file's id.")]
Route = Annotated[str | None, typer.Option(help="Only this route: its name, or show/name.")]


@app.command()
def doctor(json: Json = False) -> None:
    """Ask every service and NATS whether all is well; each red line says what to do."""

    async def look(bus: Bus, settings: Settings) -> None:
        answer = await looking.doctor(bus, max_file_store_bytes=settings.nats_max_file_store)
        print_json(answer) if json else showing.doctor(answer)
        exit_unless(answer.is_well)

    run(look)


@app.command()
def status(json: Json = False) -> None:
    """What is where: how many files are in each state, and the oldest of them."""

    async def look(bus: Bus, _: Settings) -> None:
        answer = await looking.status(bus)
        print_json(answer) if json else showing.status(answer)

    run(look)


@app.command()
def why(path: PathOrId, json: Json = False) -> None:
    """The whole story of a file, or the reason why there is none."""

    async def look(bus: Bus, _: Settings) -> None:
        answer = await looking.why(bus, path)
        print_json(answer) if json else showing.why(answer)
        exit_unless(answer.is_found)

    run(look)


@app.command()
def deliver(
    path: Annotated[str, typer.Argument(help="Absolute on the mount, or inside the filespace.")],
    again: Annotated[bool, typer.Option("--again", help="Also if it is on its way or was delivered.")] = False,
    json: Json = False,
) -> None:
    """Send this file now, whatever was decided about it before."""

    async def act(bus: Bus, _: Settings) -> None:
        answer = await acting.deliver(bus, path, again=again)
        print_json(answer) if json else showing.delivered([answer])
        exit_unless(answer.done)

    run(act)


@app.command()
def retry(
    file_id: Annotated[str | None, typer.Argument(help="The id of a file that failed.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Every file that failed.")] = False,
    json: Json = False,
) -> None:
    """Try a failed file once more, or all of them."""
    if (file_id is None) != failed:
        fail("Give the id of a file, or --failed for all that failed.", EXIT_USAGE)

    async def act(bus: Bus, _: Settings) -> None:
        results = await acting.retry(bus, file_id)
        print_json(Retried(files=tuple(results))) if json else showing.delivered(results)
        exit_unless(all(result.done for result in results))

    run(act)


app.command()(check)
app.command()(parked)


@app.command()
def pause(route: Route = None, json: Json = False) -> None:
    """Release nothing more until `postflow resume`; what is on its way goes on."""

    async def act(bus: Bus, _: Settings) -> None:
        try:
            pauses, remark = await acting.pause(bus, route)
        except acting.UnknownRoute as error:
            fail(str(error), EXIT_USAGE)
        print_json(pauses) if json else showing.paused(pauses)
        if remark:
            print(remark, file=sys.stderr)

    run(act)


app.command()(resume)


app.command()(verify_log)


app.command()(rebuild)


@app.command()
def rehearse(
    folder: Annotated[str, typer.Argument(help="A folder on the mount; without one, every watch folder.")] = "",
    rules: Annotated[Path | None, typer.Option(help="Rules that are not in force yet; - reads from stdin.")] = None,
    ignored: Annotated[bool, typer.Option("--all", help="Also name what would be ignored.")] = False,
    json: Json = False,
) -> None:
    """Where would each file of the live tree go? Nothing is sent."""
    text = _text_of(rules) if rules is not None else None

    async def ask(bus: Bus, _: Settings) -> None:
        is_sound, all_answered, files, counted = True, True, list[Rehearsed](), Counter[str]()
        async for page in acting.rehearse(bus, text, folder):
            is_sound, all_answered = is_sound and not page.problems, all_answered and not page.unanswered
            if not json:
                counted += showing.rehearsed(page, ignored=ignored)
            elif page.problems:
                print_json(page)
            files += page.files if json else ()
        if is_sound:
            answer = RehearseAnswer(files=tuple(files))
            print_json(answer) if json else showing.counts(counted, all_answered=all_answered)
        exit_unless(is_sound)

    run(ask)


@app.command()
def login(
    redirect: Annotated[
        str | None,
        typer.Option(
            help="Where the browser was led to; - reads it from stdin. Others on this machine can see what stands in a "
            "command: without this option it is asked for."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Sign in to Frame.io (FRAMEIO_AUTH=web_app)."""

    async def begin(bus: Bus, _: Settings) -> None:
        begun = await acting.login_begin(bus)
        if begun.refusal is not None:
            fail(showing.refusal(begun.refusal), EXIT_RED)
        print_json(begun) if json else showing.where_to_sign_in(begun)

    async def finish(bus: Bus, _: Settings) -> None:
        finished = await acting.login_finish(bus, address)
        if finished.refusal is None:
            tries.clear()
            print_json(finished) if json else showing.signed_in(finished)
        elif tries and finished.refusal.code in pasting.PASTED_WRONG:
            print(showing.refusal(finished.refusal), file=sys.stderr)
        else:
            fail(showing.refusal(finished.refusal), EXIT_RED)

    if redirect is None:
        run(begin)
        if json:
            return
    tries = list(range(pasting.TRIES if redirect is None and sys.stdin.isatty() else 1))
    while tries:
        tries.pop()
        address = _address(redirect).strip()
        run(finish)


def _address(redirect: str | None) -> str:
    """Asked for outside of any event loop, which would keep a Ctrl-C to itself."""
    try:
        if redirect == "-":
            return pasting.piped()
        return pasting.pasted("\nAddress: ") if redirect is None else redirect
    except (EOFError, KeyboardInterrupt):
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _text_of(rules: Path) -> str:
    try:
        held = sys.stdin.buffer.read() if str(rules) == "-" else rules.read_bytes()
        return fit_for_a_question(held.decode())
    except (OSError, ValueError) as error:
        fail(f"{rules} cannot be read: {error}", EXIT_USAGE)


def main() -> None:
    refuse_what_is_not_utf8(sys.argv[1:])
    app(prog_name="postflow")


if __name__ == "__main__":
    main()
