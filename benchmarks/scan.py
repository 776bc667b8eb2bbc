"""Edge: what it costs to see new files among very many: `python -m benchmarks.scan`.

The watcher with the settings that it has without any, watchfiles told to poll, and a loop of os.walk and stat, each
over the same files on a local disk and through FUSE. One figure is not of the running watcher: its walk over everything
comes each ten minutes, so one is measured by itself, and its share is added.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks import trees
from benchmarks.processes import cpu_s, machine, peak_bytes, shares
from benchmarks.scan_table import Costs, Hearing, Row, remarks, table
from benchmarks.watching import NAMES_S, QUIET_S, Contender, Ours, poller
from postflow import provision
from tests.integration.watcher_rig import shot
from tests.nats_fixtures import NatsServer, connected
from tests.slowmount.mounting import Kind, SlowMount, mounted

FULL_S = 600.0
OWN_FILES = 5
OTHERS = (
    ("walk", NAMES_S, "os.walk and stat, each 10 s"),
    ("watchfiles", NAMES_S, "watchfiles polling, each 10 s"),
    ("watchfiles", 0.3, "watchfiles polling, each 0.3 s (its default)"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """
    Attributes:
        volume: the files, as the contenders see them.
        behind: the same, as another machine sees them; on a local disk that is no other place.
    """

    name: str
    volume: Path
    behind: Path
    mount: SlowMount | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """
    Attributes:
        over_s: for how long each is watched at rest.
        times: how many new files each is to see.
    """

    place: Place
    files: int
    over_s: float
    times: int

    async def measured(self, who: str, contender: Contender, period_s: float) -> Row:
        await asyncio.sleep(contender.settle_s)
        daemon = [self.place.mount.pid] if self.place.mount else []
        cpu, *of_daemon = await asyncio.to_thread(shares, [contender.pid, *daemon], self.over_s)
        noticed = await self._noticed(contender, period_s)
        daemon_cpu = of_daemon[0] if of_daemon else None
        return Row(who, self.place.name, self.files, cpu, daemon_cpu, noticed, peak_bytes(contender.pid))

    async def _noticed(self, contender: Contender, period_s: float) -> list[float]:
        """How long files go unseen that come at moments spread over the time between two walks."""
        after = []
        with trees.arriving(self.place.behind) as write:
            for number in range(self.times):
                await asyncio.sleep(period_s * (number + 0.5) / self.times)
                written_at = write(name := shot(10_000 + number))
                after.append((await contender.log.says("seen", name) - written_at).total_seconds())
        return after

    async def heard(self, contender: Contender) -> Hearing:
        """Of files that this host writes."""
        seen, released = [], []
        with trees.arriving(self.place.volume) as write:
            written: dict[str, datetime] = {}
            for number in range(OWN_FILES):
                name = shot(20_000 + number)
                written[name] = write(name)
                await asyncio.sleep(1)
            for name, at in written.items():
                seen.append((await contender.log.says("seen", name) - at).total_seconds())
                released.append((await contender.log.says("ready", name) - at).total_seconds() - QUIET_S)
        return Hearing(max(seen), max(released))

    async def ours(self, folder: Path, nats_url: str) -> Row:
        watcher = Ours(self.place.volume, folder, nats_url)
        async with watcher.running() as contender:
            await watcher.log.says("baseline")
            first_bytes = peak_bytes(contender.pid)
        costs, daemon_s = self._walks(watcher)
        settle_s = costs.everything.took_s * 1.5 + costs.names.took_s + 5
        async with watcher.running(settle_s) as contender:
            row = await self.measured("PostFlow's watcher", contender, NAMES_S)
            row.hearing = await self.heard(contender)
        row.cpu += costs.everything.cpu_s / FULL_S
        row.daemon_cpu = None if row.daemon_cpu is None else row.daemon_cpu + daemon_s / FULL_S
        row.walks, row.peak_bytes = costs, max(row.peak_bytes, first_bytes)
        return row

    def _walks(self, watcher: Ours) -> tuple[Costs, float]:
        """What they cost it, and the mount's daemon."""
        daemon = self.place.mount.pid if self.place.mount else None
        before_s = cpu_s(daemon) if daemon else 0.0
        costs = watcher.walks()
        return costs, cpu_s(daemon) - before_s if daemon else 0.0

    async def rows(self, folder: Path) -> list[Row]:
        """All of them, one after the other."""
        async with _nats(folder) as url:
            rows = [_told(await self.ours(folder, url))]
        for way, period_s, who in OTHERS:
            async with poller(way, self.place.volume, period_s, folder) as contender:
                rows.append(_told(await self.measured(who, contender, period_s)))
        return rows


def _told(row: Row) -> Row:
    print(table([row]).splitlines()[-1], file=sys.stderr, flush=True)
    return row


@asynccontextmanager
async def _nats(folder: Path) -> AsyncIterator[str]:
    server = NatsServer(folder / "nats")
    server.start()
    try:
        async with connected(server.url) as bus:
            await provision.provision(bus)
        yield server.url
    finally:
        server.kill()


async def main(arguments: Sequence[str]) -> None:
    asked = _asked(arguments)
    print(f"{machine()}\n", flush=True)
    rows: list[Row] = []
    for files in asked.files:
        with tempfile.TemporaryDirectory(prefix="postflow-scan-", dir=asked.folder) as made:
            rows += await _of_tree(Path(made), files, asked)
    print(f"{table(rows)}\n\n{remarks(rows)}")


async def _of_tree(folder: Path, files: int, asked: argparse.Namespace) -> list[Row]:
    tree = folder / "slowmount" / "backing"
    trees.grow(tree, files)
    (at := folder / "disk").mkdir()
    rows = await Bench(Place("disk", tree, tree), files, asked.over, asked.times).rows(at)
    with mounted(folder / "slowmount", folder / "shown") as mount:
        for stat_ms in (0.0, *asked.stat_ms):
            mount.delay(Kind.STAT, stat_ms / 1000)
            name = f"FUSE, {stat_ms:g} ms more a stat" if stat_ms else "FUSE"
            (at := folder / f"fuse-{stat_ms:g}").mkdir()
            rows += await Bench(Place(name, mount.at, mount.backing, mount), files, asked.over, asked.times).rows(at)
    return rows


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan", description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--over", type=float, default=60.0, help="seconds that each is watched at rest")
    parser.add_argument("--times", type=int, default=5, help="new files that each is to see")
    parser.add_argument("--stat-ms", type=float, nargs="*", default=[], help="once more with so much latency each")
    parser.add_argument("--folder", help="on the disk that is to be measured; default: the one for temporary files")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
