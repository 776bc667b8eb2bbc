"""Edge: the command `check`: one real file is fetched through the public name, and what came of it is said."""

import secrets
import sys
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from console.printing import terminal, titled
from console.running import exit_unless, print_json, run
from console.settings import Settings
from postflow.bus import Bus
from postflow.questions import ASK_CHECK, CheckAnswer, CheckQuestion
from postflow.wording import size

FILESERVER_S = 10.0
"""It answers within a second, unless the mount is slow."""


def check(
    path: Annotated[str, typer.Argument(help="Absolute on the mount, or inside the filespace.")],
    whole: Annotated[
        bool, typer.Option("--all", help="All of it: else the first 100 MB, for a minute at most.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Try the tunnel: have this file fetched through the public name, as Frame.io would, and measured."""

    async def look(bus: Bus, _: Settings) -> None:
        answer = CheckAnswer()
        async for answer in checked(bus, path, whole=whole):
            if sys.stderr.isatty():
                print(f"\r{_progress(answer):<40}", end="" if not answer.over else "\r", file=sys.stderr, flush=True)
        print_json(answer) if json else shown(answer)
        exit_unless(answer.done)

    run(look)


async def checked(bus: Bus, path: str, *, whole: bool) -> AsyncIterator[CheckAnswer]:
    """How far it has come, until it is over. Whoever stops asking ends it. Raises BusUnavailable."""
    question = CheckQuestion(check_id=secrets.token_hex(16), path=path, whole=whole)
    while True:
        answer = await bus.ask(ASK_CHECK, question, CheckAnswer, timeout_s=FILESERVER_S)
        yield answer
        if answer.over:
            return


def shown(answer: CheckAnswer) -> None:
    page = terminal()
    if answer.got_bytes:
        table = titled(f"through {answer.base_url}", "")
        for name, value in _rows(answer):
            table.add_row(name, value)
        page.print(table)
    if not answer.done:
        page.print(f"It did not come through: {answer.said}." if answer.said else "It did not come through.")
        if answer.what_to_do:
            page.print(f"→ {answer.what_to_do}")


def megabytes_per_s(answer: CheckAnswer) -> float:
    return answer.got_bytes / 1_000_000 / answer.elapsed_s if answer.elapsed_s else 0.0


def _rows(answer: CheckAnswer) -> list[tuple[str, str]]:
    part = "" if answer.wanted_bytes == answer.size_bytes else f", of which the first {size(answer.wanted_bytes)}"
    rows = [
        ("file", f"{answer.path}, {size(answer.size_bytes)}{part}"),
        ("fetched", f"{size(answer.got_bytes)} in {answer.elapsed_s:.1f} s (HTTP {answer.status})"),
        ("rate", f"{megabytes_per_s(answer):.1f} MB/s"),
        ("first byte", _first_byte(answer)),
        ("added on the way", "\n".join(f"{name}: {value}" for name, value in answer.added.items()) or "nothing"),
    ]
    if answer.taken:
        rows.append(("lost on the way", ", ".join(answer.taken)))
    if answer.done and answer.said:
        rows.append(("ended early", answer.said))
    return rows


def _first_byte(answer: CheckAnswer) -> str:
    if answer.first_byte_s is None or answer.near_first_byte_s is None:
        return "unknown"
    through_s, near_s = answer.first_byte_s, answer.near_first_byte_s
    return f"after {through_s:.3f} s, {near_s:.3f} s without the way: it adds {max(through_s - near_s, 0):.3f} s"


def _progress(answer: CheckAnswer) -> str:
    return f"{size(answer.got_bytes)} of {size(answer.wanted_bytes)}, {megabytes_per_s(answer):.1f} MB/s"
