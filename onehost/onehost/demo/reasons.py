"""Edge: why nothing was delivered: how far the file came, what is not ready, and the last trouble in each log."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from onehost.demo import lines
from onehost.demo.narrator import File
from onehost.readiness import unready
from onehost.stack import Stack

LAST_TROUBLES = 2
"""Lines of each log."""


class NotDelivered(Exception):
    """The text is one line, and one more for each reason."""

    def __init__(self, what: str, reasons: Sequence[str]) -> None:
        super().__init__("\n".join([what, *(f"  {reason}" for reason in reasons)]))


async def why_not_delivered(stack: Stack, file: File, client: httpx.AsyncClient) -> list[str]:
    """Sentences, the one that matters most first."""
    waiting = await unready(client, {name: stack.health_url(name) for name in stack.services})
    return [
        _how_far(file),
        *(f"{name} is not ready: {why}" for name, why in waiting.items()),
        *(f"{death.name} {death.how}" for death in stack.processes.deaths),
        *(f"{name} said: {line}" for name in stack.services for line in troubles(stack.folders.log(name))),
    ]


def troubles(log: Path) -> Iterator[str]:
    """The last warnings and errors in a log."""
    if log.exists():
        read = map(lines.read, log.read_text(encoding="utf-8", errors="replace").splitlines())
        found = [line for line in read if line is not None and line.is_trouble]
        for line in found[-LAST_TROUBLES:]:
            yield f"{line.event}, " + ", ".join(f"{name} {fact}" for name, fact in line.facts.items())


def _how_far(file: File) -> str:
    if file.trouble is not None:
        return f"{file.trouble.step}: {file.trouble.text}"
    return file.stage.value
