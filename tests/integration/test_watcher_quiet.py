"""How long a file must be quiet, on a disk of this machine and on a mount to which others write."""

import asyncio
from pathlib import Path

from postflow.bus import Bus
from postflow.desk import ASK_WHY, WhyAnswer, WhyQuestion
from simulators.lucidlink import LucidlinkSimulator
from simulators.serving import running
from tests.integration.slow_mount import write
from tests.integration.watcher_rig import process, shot
from tests.nats_fixtures import NatsServer
from tests.slowmount.mounting import SlowMount


async def waits_for(folder: Path, shown: Path, nats: NatsServer, bus: Bus, *, is_set: bool = False, **more: str) -> str:
    """What `why` says of a file that has just been written."""
    async with process(folder, nats.url, WATCH_QUIET_S="15", **more) as watcher, asyncio.timeout(30):
        if not is_set:
            watcher.unset("WATCH_QUIET_S")
        await watcher.start()
        write(shown, 1)
        while True:
            answer = await bus.ask(ASK_WHY, WhyQuestion(path=f"EXPORTS/{shot(1)}"), WhyAnswer)
            if answer.state == "waiting":
                return answer.why.partition("it has not changed for ")[2]
            await asyncio.sleep(0.05)


async def test_a_file_on_a_disk_of_this_machine(tmp_path: Path, nats: NatsServer, bus: Bus) -> None:
    assert await waits_for(tmp_path, tmp_path / "volume", nats, bus) == "20 s over 3 looks"


async def test_a_file_on_a_mount_where_nobody_tells_of_uploads(
    tmp_path: Path, slow_mount: SlowMount, nats: NatsServer, bus: Bus
) -> None:
    assert await waits_for(tmp_path, slow_mount.backing, nats, bus) == "60 s over 3 looks"


async def test_a_file_on_a_mount_where_lucidlink_tells_of_uploads(
    tmp_path: Path, slow_mount: SlowMount, nats: NatsServer, bus: Bus
) -> None:
    async with running(LucidlinkSimulator().app) as daemon:
        assert await waits_for(tmp_path, slow_mount.backing, nats, bus, LUCIDLINK_API=daemon) == "20 s over 3 looks"


async def test_what_a_person_has_set_holds_on_every_mount(
    tmp_path: Path, slow_mount: SlowMount, nats: NatsServer, bus: Bus
) -> None:
    assert await waits_for(tmp_path, slow_mount.backing, nats, bus, is_set=True) == "15 s over 3 looks"
