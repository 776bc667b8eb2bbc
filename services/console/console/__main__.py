"""Edge: the command `postflow`. The only place that wires the console."""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import BaseModel

from console import acting, looking, showing
from console.answers import Retried
from console.connecting import Unreachable, connected
from console.settings import Settings
from postflow.bus import Bus
from postflow.desk import MOST_RULES_BYTES, RehearseAnswer, Rehearsed
from postflow.errors import BusUnavailable, PostFlowError, SettingsError
from postflow.settings import load

EXIT_RED = 1
EXIT_USAGE = 2

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
        _print(answer) if json else showing.doctor(answer)
        _exit_unless(answer.is_well)

    _run(look)


@app.command()
def status(json: Json = False) -> None:
    """What is where: how many files are in each state, and the oldest of them."""

    async def look(bus: Bus, _: Settings) -> None:
        answer = await looking.status(bus)
        _print(answer) if json else showing.status(answer)

    _run(look)


@app.command()
def why(path: PathOrId, json: Json = False) -> None:
    """The whole story of a file, or the reason why there is none."""

    async def look(bus: Bus, _: Settings) -> None:
        answer = await looking.why(bus, path)
        _print(answer) if json else showing.why(answer)
        _exit_unless(answer.is_found)

    _run(look)


@app.command()
def deliver(
    path: Annotated[str, typer.Argument(help="Absolute on the mount, or inside the filespace.")],
    again: Annotated[bool, typer.Option("--again", help="Also if it is on its way or was delivered.")] = False,
    json: Json = False,
) -> None:
    """Send this file now, whatever was decided about it before."""

    async def act(bus: Bus, _: Settings) -> None:
        answer = await acting.deliver(bus, path, again=again)
        _print(answer) if json else showing.delivered([answer])
        _exit_unless(answer.done)

    _run(act)


@app.command()
def retry(
    file_id: Annotated[str | None, typer.Argument(help="The id of a file that failed.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Every file that failed.")] = False,
    json: Json = False,
) -> None:
    """Try a failed file once more, or all of them."""
    if (file_id is None) != failed:
        _fail("Give the id of a file, or --failed for all that failed.", EXIT_USAGE)

    async def act(bus: Bus, _: Settings) -> None:
        results = await acting.retry(bus, file_id)
        _print(Retried(files=tuple(results))) if json else showing.delivered(results)
        _exit_unless(all(result.done for result in results))

    _run(act)


@app.command()
def pause(route: Route = None, json: Json = False) -> None:
    """Release nothing more until `postflow resume`; what is on its way goes on."""

    async def act(bus: Bus, _: Settings) -> None:
        try:
            pauses = await acting.pause(bus, route)
        except acting.UnknownRoute as error:
            _fail(str(error), EXIT_USAGE)
        _print(pauses) if json else showing.paused(pauses)

    _run(act)


@app.command()
def resume(route: Route = None, json: Json = False) -> None:
    """Go on; without a route, everything."""

    async def act(bus: Bus, _: Settings) -> None:
        pauses = await acting.resume(bus, route)
        _print(pauses) if json else showing.paused(pauses)

    _run(act)


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
        is_sound, files, counted = True, list[Rehearsed](), Counter[str]()
        async for page in acting.rehearse(bus, text, folder):
            is_sound = is_sound and not page.problems
            if not json:
                counted += showing.rehearsed(page, ignored=ignored)
            elif page.problems:
                _print(page)
            files += page.files if json else ()
        if is_sound:
            _print(RehearseAnswer(files=tuple(files))) if json else showing.counts(counted)
        _exit_unless(is_sound)

    _run(ask)


@app.command()
def login(
    redirect: Annotated[str | None, typer.Option(help="Where the browser was led to; else it is asked for.")] = None,
    json: Json = False,
) -> None:
    """Sign in to Frame.io (FRAMEIO_AUTH=web_app)."""

    async def act(bus: Bus, _: Settings) -> None:
        pasted = redirect
        if pasted is None:
            begun = await acting.login_begin(bus)
            if begun.refusal is not None:
                _fail(showing.refusal(begun.refusal), EXIT_RED)
            if json:
                _print(begun)
                return
            showing.where_to_sign_in(begun)
            pasted = await asyncio.to_thread(input, "\nAddress: ")
        finished = await acting.login_finish(bus, pasted.strip())
        if finished.refusal is not None:
            _fail(showing.refusal(finished.refusal), EXIT_RED)
        _print(finished) if json else showing.signed_in(finished)

    _run(act)


def _text_of(rules: Path) -> str:
    try:
        text = sys.stdin.read() if str(rules) == "-" else rules.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"{rules} cannot be read: {error}", EXIT_USAGE)
    if len(text) > MOST_RULES_BYTES:
        _fail(f"{rules} is too large for rules: {len(text):,} characters", EXIT_USAGE)
    return text


def _run(command: Callable[[Bus, Settings], Awaitable[None]]) -> None:
    """Connect, carry out, and turn what goes wrong into one line and an exit code."""
    try:
        asyncio.run(_connected(command, load(Settings)))
    except SettingsError as error:
        _fail("\n".join(error.problems), EXIT_USAGE)
    except Unreachable as error:
        _fail(str(error), EXIT_USAGE)
    except BusUnavailable as error:
        _fail(f"{error}. `postflow doctor` says more.", EXIT_RED)
    except PostFlowError as error:
        _fail(str(error), EXIT_RED)
    except (EOFError, KeyboardInterrupt):
        raise typer.Exit(130) from None


async def _connected(command: Callable[[Bus, Settings], Awaitable[None]], settings: Settings) -> None:
    async with connected(settings) as bus:
        await command(bus, settings)


def _print(answer: BaseModel) -> None:
    print(answer.model_dump_json(indent=2))


def _exit_unless(is_well: bool) -> None:
    if not is_well:
        raise typer.Exit(EXIT_RED)


def _fail(why: str, code: int) -> NoReturn:
    print(why, file=sys.stderr)
    raise typer.Exit(code)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
