"""A mount that hangs, dies, is unmounted or is another one, under a watcher as a process of its own."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.desk import ASK_VOLUME, ASK_WHY, VolumeAnswer, VolumeQuestion, WhyAnswer, WhyQuestion
from postflow.mounts import mount_of
from tests.integration.slow_mount import write
from tests.integration.watcher_rig import Process, paths, process, ready_in, shot, until_ready
from tests.nats_fixtures import NatsServer
from tests.slowmount.mounting import Kind, SlowMount
from watcher.database import Database, LedgerUnusable

HASTY = """
import watcher.preflight
import watcher.report
from postflow.service import run
from watcher.__main__ import main
from watcher.apart.helper import Helper

watcher.preflight.PATIENCE_S = watcher.report.PATIENCE_S = 1.0
Helper.__init__.__kwdefaults__["patience_s"] = 3.0
run(main)
"""
"""The watcher, to which no answer for some seconds is no answer at all."""


@pytest.fixture
async def watcher(tmp_path: Path, slow_mount: SlowMount, nats: NatsServer, bus: Bus) -> AsyncIterator[Process]:
    async with process(tmp_path, nats.url) as made:
        made.arguments = ("-c", HASTY)
        await made.start()
        yield made


@pytest.fixture
async def watching(watcher: Process, slow_mount: SlowMount, bus: Bus) -> Process:
    """One that has released a film."""
    write(slow_mount.backing, 1)
    await until_ready(bus, 1)
    return watcher


@contextmanager
def hanging(mount: SlowMount) -> Iterator[None]:
    with mount.hanging(Kind.LIST), mount.hanging(Kind.STAT):
        yield


async def until_volume(watcher: Process, is_so: Callable[[bool, str], bool]) -> str:
    async with asyncio.timeout(30):
        while True:
            check = (await watcher.report())["volume"]
            if is_so(bool(check["ok"]), str(check["detail"])):
                return f"{check['detail']}. {check['what_to_do']}"
            await asyncio.sleep(0.05)


async def until_doubted(watcher: Process, text: str) -> str:
    return await until_volume(watcher, lambda ok, detail: not ok and text in detail)


async def released(bus: Bus) -> list[str]:
    return paths(await ready_in(bus))


async def test_a_mount_that_hangs_is_told_and_the_watch_goes_on_when_it_answers(
    watching: Process, slow_mount: SlowMount, bus: Bus
) -> None:
    with hanging(slow_mount):
        write(slow_mount.backing, 2)
        assert "Look at the filespace's client" in await until_doubted(watching, "no answer")
        for _ in range(2):
            answer = await bus.ask(ASK_WHY, WhyQuestion(path=f"EXPORTS/{shot(2)}"), WhyAnswer, timeout_s=30)
            assert (answer.state, "gives no answer" in answer.why) == ("unknown", True)
        assert await released(bus) == [shot(1)]
    await until_volume(watching, lambda ok, _: ok)
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


async def test_over_a_mount_whose_daemon_has_stopped_it_ends_in_time_when_it_is_asked_to(
    watching: Process, slow_mount: SlowMount, bus: Bus
) -> None:
    os.kill(slow_mount.pid, signal.SIGSTOP)
    await until_doubted(watching, "no answer")
    began_s = time.monotonic()
    assert watching.stop() == 0
    assert time.monotonic() - began_s < 15
    os.kill(slow_mount.pid, signal.SIGCONT)
    write(slow_mount.backing, 2)
    await watching.start()
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


async def test_over_a_mount_that_lets_no_process_end_all_else_of_it_has_ended_in_time(
    watching: Process, slow_mount: SlowMount, tmp_path: Path
) -> None:
    with hanging(slow_mount):
        await until_doubted(watching, "no answer")
        watching.ask_to_stop()
        async with asyncio.timeout(15):
            while '"stopped"' not in watching.log() or not is_free(tmp_path / "data"):
                await asyncio.sleep(0.05)
    assert watching.ended() == 0


def is_free(ledger: Path) -> bool:
    """Whether another watcher might take over."""
    try:
        Database(ledger).close()
    except LedgerUnusable:
        return False
    return True


async def test_a_watcher_that_is_started_over_a_mount_that_hangs_says_so_and_waits(
    watching: Process, slow_mount: SlowMount, bus: Bus
) -> None:
    watching.stop()
    with hanging(slow_mount):
        starting = asyncio.create_task(watching.start())
        async with asyncio.timeout(30):
            while "the volume is not believed" not in watching.log():
                await asyncio.sleep(0.05)
        write(slow_mount.backing, 2)
    await starting
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_what_lies_below_the_mount_is_not_taken_for_the_filespace(
    watching: Process, slow_mount: SlowMount, bus: Bus, is_restarted: bool
) -> None:
    if is_restarted:
        watching.stop()
    slow_mount.unmount()
    write(slow_mount.at, 9)
    write(slow_mount.backing, 2)
    if is_restarted:
        await watching.start(is_well=False, says="watching 0 folders")
    said = await until_doubted(watching, "is another volume than it was")
    assert "and before fuse" in said
    await asyncio.sleep(1)  # five walks, and five times the quiet time
    assert await released(bus) == [shot(1)]
    slow_mount.mount()
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


async def test_another_volume_is_watched_when_a_person_says_that_it_is_the_right_one(
    watching: Process, slow_mount: SlowMount, bus: Bus
) -> None:
    slow_mount.unmount()
    shutil.copytree(slow_mount.backing, slow_mount.at, dirs_exist_ok=True)
    write(slow_mount.at, 2)
    assert "postflow resume --volume" in await until_doubted(watching, "is another volume than it was")
    answer = await bus.ask(ASK_VOLUME, VolumeQuestion(), VolumeAnswer)
    mount = mount_of(slow_mount.at)
    assert mount is not None
    assert ((answer.was or "")[:4], (answer.now or "").partition(" ")[0]) == ("fuse", mount.kind)
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]
