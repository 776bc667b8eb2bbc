"""Edge: what it costs the watcher to know a million files: `python -m benchmarks.ledger`.

A real tree and a ledger that knows all of it; then the watcher is started on both, as it is without any settings but
for the walk over everything, which comes more often so that several are seen. How far a walk is, new films tell that
are spread over the tree: those with a new name are seen by the walk over the names, those that were written over in
place by the one over everything. At the end nothing else may have been released.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import known
from benchmarks.processes import cpu_s, machine, peak_bytes
from postflow import provision
from tests.integration.watcher_rig import Process, paths, ready_in, shot
from tests.nats_fixtures import NatsServer, connected

PATIENCE_S = 1800.0
STEP_S = 0.1
TOLD = 50
"""Films that tell how far a walk is; of more that were written over a person would be asked."""
QUIET_S = 20.0


@dataclass(frozen=True, slots=True)
class Moment:
    """After the start: seconds, seconds of a core, bytes."""

    what: str
    after_s: float
    cpu_s: float
    rss_bytes: int

    def __str__(self) -> str:
        return f"| {self.what} | {self.after_s:.1f} s | {self.cpu_s:.1f} s | {self.rss_bytes / 1e6:.0f} MB |"


class Watched:
    """The watcher, from its start on."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process = process
        self._log = folder / "watcher.log"
        self._began_s = time.monotonic()

    def now(self, what: str) -> Moment:
        pid = self._process.pid
        moment = Moment(what, time.monotonic() - self._began_s, cpu_s(pid), _rss_bytes(pid))
        print(moment, flush=True)
        return moment

    async def seen(self, names: set[str]) -> None:
        """All films of these paths."""
        async with asyncio.timeout(PATIENCE_S):
            while not all(f'"path": "{name}"' in (log := self._log.read_text()) for name in names):
                await asyncio.sleep(STEP_S)
                assert '"broken"' not in log, log


async def main(arguments: Sequence[str]) -> None:
    asked = _asked(arguments)
    print(f"{machine()}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="postflow-ledger-", dir=asked.folder) as made:
        await _measure(Path(made), asked)


async def _measure(folder: Path, asked: argparse.Namespace) -> None:
    began_s = time.monotonic()
    known.know(folder / "data", known.grow(folder / "volume", asked.files, asked.folders))
    held_bytes = sum(file.stat().st_size for file in (folder / "data").iterdir())
    print(f"{asked.files:,} films in {asked.folders:,} folders, a ledger of {held_bytes / 1e6:.0f} MB")
    print(f"(made in {time.monotonic() - began_s:.0f} s)\n", flush=True)
    new, changed = _spread(folder / "volume", asked.folders)
    server = NatsServer(folder / "nats")
    server.start()
    try:
        async with connected(server.url) as bus:
            await provision.provision(bus)
            await _watch(Process(folder, server.url, **_settings(asked)), folder, new, changed, asked)
            released = [f"EXPORTS/{path}" for path in paths(await ready_in(bus))]
    finally:
        server.kill()
    assert set(released) <= new | changed, "what was known was released"
    assert len(released) == len(set(released)), "something was released twice"
    print(f"\nreleased: {len(released)} of the {len(new | changed)} that are new, and nothing else")


async def _watch(process: Process, folder: Path, new: set[str], changed: set[str], asked: argparse.Namespace) -> None:
    print("| | after the start | of a core so far | memory |\n|---|---|---|---|")
    watched = Watched(process, folder)
    try:
        await process.start()
        watched.now("/readyz says that it is ready")
        await watched.seen(new)
        watched.now("the first walk over the names has been everywhere")
        await watched.seen(changed)
        first = watched.now("the first walk over everything has been everywhere")
        for _ in range(5):
            await asyncio.sleep(asked.over / 5)
            last = watched.now("at rest")
        share = (last.cpu_s - first.cpu_s) / (last.after_s - first.after_s)
        print(f"\nat rest, with a walk over everything each {asked.full_s:g} s: {share:.1%} of a core")
        print(f"the most memory at a time: {peak_bytes(process.pid) / 1e6:.0f} MB")
    finally:
        process.kill()


def _spread(volume: Path, folders: int) -> tuple[set[str], set[str]]:
    """Films with new names, and films that are written over, in folders from the first to the last."""
    new: set[str] = set()
    changed: set[str] = set()
    for number in sorted({round(part * (folders - 1) / (TOLD - 1)) for part in range(TOLD)}):
        folder = f"EXPORTS/BOX{number // known.IN_A_BOX:03d}/SQ{number:05d}"
        for name, into in ((shot(90_001), new), (shot(1), changed)):
            (volume / folder / name).write_bytes(b"another film")
            into.add(f"{folder}/{name}")
    return new, changed


def _settings(asked: argparse.Namespace) -> dict[str, str]:
    """As it is without any settings, but for the walk over everything."""
    hot = {"WATCH_QUIET_S": f"{QUIET_S:g}", "SCAN_HOT_S": "2", "SCAN_NAMES_S": "10"}
    return hot | {"SCAN_FULL_S": f"{asked.full_s:g}"}


def _rss_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--folders", type=int, default=10_000)
    parser.add_argument("--over", type=float, default=300.0, help="seconds that it is watched at rest")
    parser.add_argument("--full-s", type=float, default=60.0, help="SCAN_FULL_S")
    parser.add_argument("--folder", help="where tree, ledger and store are made; default: where temporary files are")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
