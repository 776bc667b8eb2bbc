"""Edge: hears from logs what is said nowhere else: what the watcher sees or leaves alone, which address is closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from onehost.demo import lines
from onehost.demo.lines import LogLine
from onehost.demo.narrator import Narrator
from onehost.demo.story import Stage, Told

LOOK_S = 0.1


@asynccontextmanager
async def following(narrator: Narrator, *logs: Path, quiet_s: float) -> AsyncIterator[None]:
    """Tell what is written to these logs from now on, until the block ends."""
    tasks = [asyncio.create_task(_follow(narrator, log, quiet_s)) for log in logs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(narrator: Narrator, log: Path, quiet_s: float) -> None:
    with log.open(encoding="utf-8", errors="replace") as written:
        written.seek(0, 2)
        begun = ""
        while True:
            begun += written.readline()
            if begun.endswith("\n"):
                line, begun = lines.read(begun), ""
                if line is not None:
                    _tell(narrator, line, quiet_s)
            else:
                await asyncio.sleep(LOOK_S)


def _tell(narrator: Narrator, line: LogLine, quiet_s: float) -> None:
    path = line.facts.get("path")
    if path is None:
        return
    match line.action:
        case "seen":
            file = narrator.beginning(path)
            file.has_come_to(Stage.SEEN)
            narrator.tell(file, Told("seen", "the watcher follows it from now on"))
        case "waiting":
            wait = f"it may still grow: it must stay as it is for {quiet_s:g} s"
            narrator.tell(narrator.file(path), Told("waiting", wait))
        case "not_finished":
            narrator.tell(narrator.file(path), Told("waiting", line.facts.get("why", line.event)))
        case "exposure_ended":
            narrator.tell(narrator.file(path), Told("closed", "its address answers nobody any more"))
        case "gone" | "moved" | "known" | "ignored":
            why = line.facts.get("reason") or line.facts.get("moved_from") or line.facts.get("state") or ""
            file = narrator.beginning(path)
            narrator.tell(file, Told(line.action, " ".join((line.event, why)).strip()))
            file.told_to_the_end.set()
