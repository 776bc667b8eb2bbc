"""Edge: carries a command out, and ends it: one line for what went wrong, and an exit code."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import NoReturn

import typer
from pydantic import BaseModel

from console.connecting import Unreachable, connected
from console.settings import Settings
from postflow.bus import Bus
from postflow.errors import BusUnavailable, PostFlowError, SettingsError
from postflow.settings import load

EXIT_RED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def run(command: Callable[[Bus, Settings], Awaitable[None]]) -> None:
    try:
        asyncio.run(_connected(command, load(Settings)))
    except SettingsError as error:
        fail("\n".join(error.problems), EXIT_USAGE)
    except Unreachable as error:
        fail(str(error), EXIT_USAGE)
    except BusUnavailable as error:
        fail(f"{error}. `postflow doctor` says more.", EXIT_RED)
    except PostFlowError as error:
        fail(str(error), EXIT_RED)
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from None


async def _connected(command: Callable[[Bus, Settings], Awaitable[None]], settings: Settings) -> None:
    async with connected(settings) as bus:
        await command(bus, settings)


def refuse_what_is_not_utf8(arguments: Iterable[str]) -> None:
    """Python takes such bytes for characters that no message can hold."""
    for argument in arguments:
        given = os.fsencode(argument)
        try:
            given.decode()
        except UnicodeDecodeError:
            said = f"{str(given)[2:-1]} is not UTF-8. No file of such a name is sent: rename it."
            print(said, file=sys.stderr)
            sys.exit(EXIT_USAGE)


def print_json(answer: BaseModel) -> None:
    print(answer.model_dump_json(indent=2))


def exit_unless(is_well: bool) -> None:
    if not is_well:
        raise typer.Exit(EXIT_RED)


def fail(why: str, code: int) -> NoReturn:
    print(why, file=sys.stderr)
    raise typer.Exit(code)
