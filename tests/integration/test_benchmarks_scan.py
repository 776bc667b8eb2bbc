"""The contenders of the scan's benchmark do their job, and what they cost is counted and told."""

import os
from pathlib import Path

import pytest

from benchmarks import trees
from benchmarks.processes import cpu_s, peak_bytes, shares
from benchmarks.scan_table import Cost, Costs, Hearing, Row, remarks, table
from benchmarks.watching import Ours, poller
from postflow.bus import Bus
from tests.integration.watcher_rig import shot
from tests.nats_fixtures import NatsServer


@pytest.mark.parametrize("way", ["walk", "watchfiles"])
async def test_a_poller_sees_a_new_film_and_none_that_was_there(tmp_path: Path, way: str) -> None:
    trees.grow(volume := tmp_path / "volume", 150)
    async with poller(way, volume, 0.05, tmp_path) as contender:
        with trees.arriving(volume) as write:
            written_at = write("new.mov")
            assert await contender.log.says("seen", "new.mov") >= written_at
        assert peak_bytes(contender.pid) > 5_000_000
        assert contender.log.said("seen", "_v001.mov") is None
    assert sum(1 for _ in volume.rglob("*.mov")) == 150


async def test_the_watcher_is_measured_as_it_is_installed(tmp_path: Path, nats: NatsServer, bus: Bus) -> None:
    trees.grow(volume := tmp_path / "volume", 150)
    ours = Ours(volume, tmp_path, nats.url)
    async with ours.running() as contender:
        await contender.log.says("baseline")
        with trees.arriving(volume) as write:
            written_at = write(name := shot(300))
            assert await contender.log.says("seen", name) > written_at
    costs = ours.walks()
    assert min(costs.names.took_s, costs.everything.took_s) > 0


def test_a_process_that_works_is_seen_to_work() -> None:
    before = cpu_s(os.getpid())
    while cpu_s(os.getpid()) < before + 0.05:
        pass
    (share,) = shares([os.getpid()], 0.2)
    assert share < 0.9


def test_the_table_says_it_in_one_line_each() -> None:
    costs = Costs(names=Cost(0.1, 0.25), everything=Cost(2, 4))
    rows = [
        Row("us", "FUSE", 10_000, 0.0125, 0.5, [0.05, 11, 3], 60_400_000, costs, Hearing(0.02, 0.03)),
        Row("others", "disk", 100, 1.5, None, [2, 1], 20_000_000),
    ]
    assert table(rows).splitlines()[2:] == [
        "| us | FUSE | 10,000 | 1.2% | 50.0% | 3.0 s, 11.0 s | 60 MB |",
        "| others | disk | 100 | 150.0% |  | 1.5 s, 2.0 s | 20 MB |",
    ]
    assert remarks(rows) == (
        "- FUSE, 10,000 files: a walk over the names takes 0.25 s and 0.10 s of a core, one over everything 4.0 s and "
        "2.0 s of a core. A file that this host writes is seen after 20 ms, and released 30 ms after its quiet time, "
        "at the slowest."
    )
