"""Edge: what it costs to serve a film, ours against others, in one run. `python -m benchmarks.serve`

Each server serves the same films over loopback, from the page cache and from a FUSE mount on which every read takes a
while. The servers take turns, several times over, so that whatever else the machine does meets all of them; what is
told is the median of each, and the most memory. Linux only.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import costs
from benchmarks.fetching import fetch
from benchmarks.servers import SERVERS, Ours, Server
from tests.slowmount.building import NoMount
from tests.slowmount.mounting import Kind, SlowMount, mounted

MOST_STREAMS = 8
PIECE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Case:
    """Attributes:
    read_s: what each read on the mount takes; None is the page cache.
    """

    read_s: float | None
    streams: int

    def __str__(self) -> str:
        of = "1 stream" if self.streams == 1 else f"{self.streams} streams"
        return f"page cache, {of}" if self.read_s is None else f"{self.read_s * 1000:.0f} ms a read, {of}"


@dataclass(frozen=True, slots=True)
class Cost:
    mb_per_s: float
    cpu_s_per_gb: float
    peak_mb: float


CASES = [Case(read_s, streams) for read_s in (None, 0.005, 0.020, 0.050) for streams in (1, MOST_STREAMS)]


def measured(server: Ours | Server, folder: Path, case: Case, most_s: float) -> Cost:
    """Start it, have it serve, and see what that has cost it."""
    names = [f"{number}.mov" for number in range(case.streams)]
    with (
        tempfile.TemporaryDirectory(prefix="serve") as scratch,
        server.running(folder, Path(scratch), names) as running,
    ):
        costs.forget_peak(running.pid)
        before_s = costs.cpu_s(running.pid)
        fetched = fetch(running.urls, most_s)
        spent_s = costs.cpu_s(running.pid) - before_s
        return Cost(fetched.mb_per_s, spent_s / fetched.count * 1e9, costs.peak_bytes(running.pid) / 1e6)


def middle(all_costs: list[Cost]) -> Cost:
    """The median of the turns, and the most memory of any."""
    return Cost(
        median(cost.mb_per_s for cost in all_costs),
        median(cost.cpu_s_per_gb for cost in all_costs),
        max(cost.peak_mb for cost in all_costs),
    )


def table(case: Case, found: dict[str, Cost]) -> str:
    ours = found.get(Ours.name)
    lines = [f"**{case}**", "", "| server | MB/s | ours is | CPU s/GB | peak memory |", "|---|---|---|---|---|"]
    for name, cost in found.items():
        times = f"{ours.mb_per_s / cost.mb_per_s:.2f} ×" if ours and name != Ours.name else ""
        lines.append(f"| {name} | {cost.mb_per_s:.0f} | {times} | {cost.cpu_s_per_gb:.3f} | {cost.peak_mb:.0f} MB |")
    return "\n".join([*lines, ""])


def films(folder: Path, film_bytes: int) -> None:
    """Not of zeros, which some file systems keep as holes."""
    piece = bytes(range(256)) * (PIECE_BYTES // 256)
    for number in range(MOST_STREAMS):
        with (folder / f"{number}.mov").open("wb") as film:
            for _ in range(film_bytes // PIECE_BYTES):
                film.write(piece)


@contextmanager
def places(root: Path, film_bytes: int) -> Iterator[tuple[Path, SlowMount | None]]:
    """Where the films lie, and a slow mount that shows them, where one can be had."""
    with ExitStack() as until_then:
        try:
            mount = until_then.enter_context(mounted(root / "slow", root / "mount"))
        except NoMount as why:
            print(f"without a slow mount: {why}\n", flush=True)
            (folder := root / "films").mkdir()
            films(folder, film_bytes)
            yield folder, None
            return
        films(mount.backing, film_bytes)
        yield mount.backing, mount


def run(case: Case, folder: Path, mount: SlowMount | None, rounds: int, most_s: float, only: list[str]) -> None:
    servers = [server for server in SERVERS if server.is_here and (not only or server.name in only)]
    found: dict[str, list[Cost]] = {server.name: [] for server in servers}
    if case.read_s is not None:
        if mount is None:
            return
        folder = mount.at
        mount.delay(Kind.READ, case.read_s)
    for _ in range(rounds):
        for server in servers:
            found[server.name].append(measured(server, folder, case, most_s))
    print(table(case, {name: middle(all_costs) for name, all_costs in found.items()}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4, help="how often each server has its turn (4)")
    parser.add_argument("--film-mb", type=int, default=1024, help="MiB of each of eight films (1024)")
    parser.add_argument("--most-s", type=float, default=4.0, help="a fetch that takes longer is ended (4)")
    parser.add_argument("--cases", nargs="*", default=[], help="only these: parts of their names, like 'cache, 1'")
    parser.add_argument("--servers", nargs="*", default=[], help="only these")
    asked = parser.parse_args()
    for server in SERVERS:
        if not server.is_here:
            print(f"without {server.name}: it is not installed\n")
    root = Path(tempfile.mkdtemp(prefix="serve"))
    root.chmod(0o755)  # a server may run as somebody else
    try:
        with places(root, asked.film_mb << 20) as (folder, mount):
            for case in CASES:
                if not asked.cases or any(part in str(case) for part in asked.cases):
                    run(case, folder, mount, asked.rounds, asked.most_s, asked.servers)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
