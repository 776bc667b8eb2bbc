"""Folders in which something changes, on a mount that tells of nothing that other machines write."""

from pathlib import Path

from postflow.bus import Bus
from tests.integration.slow_mount import write
from tests.integration.watcher_rig import paths, process, shot, until_ready
from tests.nats_fixtures import NatsServer
from tests.slowmount.mounting import SlowMount

SELDOM = {"SCAN_NAMES_S": "120", "SCAN_FULL_S": "120", "SCAN_HOT_S": "0.1"}


async def test_the_next_file_in_a_folder_where_somebody_works_is_seen_before_the_next_walk(
    tmp_path: Path, slow_mount: SlowMount, nats: NatsServer, bus: Bus
) -> None:
    (slow_mount.backing / "EXPORTS" / "SQ01").mkdir(parents=True)
    async with process(tmp_path, nats.url, **SELDOM) as watcher:
        await watcher.start()
        (watcher.exports / shot(1)).write_bytes(b"film")  # on this machine, so that it is heard of
        await until_ready(bus, 1)
        for number in range(2, 6):  # the first of them may be found when hearing has begun
            write(slow_mount.backing, number)
            await until_ready(bus, number)
        (slow_mount.backing / "EXPORTS" / "SQ01" / shot(6)).write_bytes(b"film")  # where nothing has changed before
        (slow_mount.backing / "EXPORTS" / "SQ02").mkdir()
        (slow_mount.backing / "EXPORTS" / "SQ02" / shot(7)).write_bytes(b"film")
        *_, last = paths(await until_ready(bus, 6))
        assert last == f"SQ02/{shot(7)}"
