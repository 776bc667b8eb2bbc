"""Edge: the contenders that see new files on a volume, each a process of its own that says in its log what it sees."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.scan_table import Costs
from benchmarks.walks import costs_of
from tests.integration.watcher_rig import Process

STEP_S = 0.05
PATIENCE_S = 1800.0
"""A first walk over very many files on a slow mount takes its time."""

NAMES_S, QUIET_S = 10.0, 20.0
AS_INSTALLED = {
    "WATCH_QUIET_S": f"{QUIET_S:g}",
    "SCAN_HOT_S": "2",
    "SCAN_NAMES_S": f"{NAMES_S:g}",
    "SCAN_FULL_S": "600",
}
"""The watcher as it is without any settings."""


@dataclass(frozen=True, slots=True)
class Log:
    file: Path

    async def says(self, action: str, name: str = "") -> datetime:
        """When it says so first, of a file with that name."""
        async with asyncio.timeout(PATIENCE_S):
            while (at := self.said(action, name)) is None:
                await asyncio.sleep(STEP_S)
        return at

    def said(self, action: str, name: str = "") -> datetime | None:
        for line in self._lines():
            if f'"{action}"' in line and name in line:
                said = json.loads(line)
                if said["action"] == action and said.get("path", "").endswith(name):
                    return datetime.fromisoformat(said["timestamp"])
        return None

    def _lines(self) -> Iterator[str]:
        with self.file.open(encoding="utf-8") as file:
            yield from (line for line in file if line.endswith("\n"))


@dataclass(frozen=True, slots=True)
class Contender:
    """At work.

    Attributes:
        settle_s: for so long it is still busy with its start.
    """

    pid: int
    log: Log
    settle_s: float = 0.0


@asynccontextmanager
async def poller(way: str, volume: Path, period_s: float, folder: Path) -> AsyncIterator[Contender]:
    log = Log(folder / f"{way}.log")
    process = _begun(way, volume, period_s, log.file)
    try:
        await log.says("watching")
        yield Contender(process.pid, log)
    finally:
        process.kill()
        process.wait()


def _begun(way: str, volume: Path, period_s: float, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.polling", way, str(volume / "EXPORTS"), str(period_s)]
    with log.open("wb") as file:
        return subprocess.Popen(command, stdout=file)


class Ours:
    """The watcher, with the settings that it has without any."""

    def __init__(self, volume: Path, folder: Path, nats_url: str) -> None:
        self._volume, self._folder = volume, folder
        self._process = Process(folder, nats_url, VOLUME_ROOT=str(volume), **AS_INSTALLED)
        self.log = Log(folder / "watcher.log")

    @asynccontextmanager
    async def running(self, settle_s: float = 0.0) -> AsyncIterator[Contender]:
        await self._process.start()
        try:
            yield Contender(self._process.pid, self.log, settle_s)
        finally:
            self._process.kill()

    def walks(self) -> Costs:
        """One of each, while it does not run."""
        words = [self._volume, self._folder / "data", self._folder / "postflow.toml"]
        command = [sys.executable, "-m", "benchmarks.walks", *(str(word) for word in words)]
        ended = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        return costs_of(ended.stdout.splitlines()[-1])
