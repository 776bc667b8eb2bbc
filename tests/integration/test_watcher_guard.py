"""A mount that hangs, dies, is unmounted or is another one, under a watcher as a process of its own."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.desk import ASK_VOLUME, ASK_WHY, VolumeAnswer, VolumeQuestion, WhyAnswer, WhyQuestion
from tests.integration.watcher_mount import Passthrough, write
from tests.integration.watcher_rig import Process, paths, process, ready_in, shot, until_ready
from tests.nats_fixtures import NatsServer

HASTY = """
import watcher.report
from postflow.service import run
from watcher.__main__ import main
from watcher.apart.helper import Helper

watcher.report.PATIENCE_S = 1.0
Helper.__init__.__kwdefaults__["patience_s"] = 3.0
run(main)
"""
"""The watcher, to which no answer for some seconds is no answer at all."""


@pytest.fixture
async def watcher(tmp_path: Path, mount: Passthrough, nats: NatsServer, bus: Bus) -> AsyncIterator[Process]:
    async with process(tmp_path, nats.url) as made:
        made.arguments = ("-c", HASTY)
        await made.start()
        yield made


@pytest.fixture
async def watching(watcher: Process, filespace: Path, bus: Bus) -> Process:
    """One that has released a film."""
    write(filespace, 1)
    await until_ready(bus, 1)
    return watcher


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
    watching: Process, mount: Passthrough, filespace: Path, bus: Bus
) -> None:
    mount.hang()
    write(filespace, 2)
    assert "Look at the filespace's client" in await until_doubted(watching, "no answer")
    answer = await bus.ask(ASK_WHY, WhyQuestion(path=f"EXPORTS/{shot(2)}"), WhyAnswer, timeout_s=30)
    assert (answer.state, "gives no answer" in answer.why) == ("unknown", True)
    assert await released(bus) == [shot(1)]
    mount.go_on()
    await until_volume(watching, lambda ok, _: ok)
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


async def test_over_a_mount_that_hangs_it_ends_in_time_when_it_is_asked_to(
    watching: Process, mount: Passthrough, filespace: Path, bus: Bus
) -> None:
    mount.hang()
    await until_doubted(watching, "no answer")
    began_s = time.monotonic()
    assert watching.stop() == 0
    assert time.monotonic() - began_s < 15
    mount.go_on()
    write(filespace, 2)
    await watching.start()
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


async def test_a_watcher_that_is_started_over_a_mount_that_hangs_says_so_and_waits(
    watching: Process, mount: Passthrough, filespace: Path, bus: Bus
) -> None:
    watching.stop()
    mount.hang()
    starting = asyncio.create_task(watching.start())
    async with asyncio.timeout(30):
        while "the volume is not believed" not in watching.log():
            await asyncio.sleep(0.05)
    write(filespace, 2)
    mount.go_on()
    await starting
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


async def test_a_mount_whose_client_died_is_watched_again_when_it_is_mounted_again(
    watching: Process, mount: Passthrough, filespace: Path, bus: Bus
) -> None:
    mount.die()
    assert "Start the filespace's client again" in await until_doubted(watching, "cannot be read")
    write(filespace, 2)
    mount.unmount()
    mount.mount(filespace)
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_what_lies_below_the_mount_is_not_taken_for_the_filespace(
    watching: Process, mount: Passthrough, filespace: Path, bus: Bus, tmp_path: Path, is_restarted: bool
) -> None:
    if is_restarted:
        watching.stop()
    mount.unmount()
    write(tmp_path / "volume", 9)
    write(filespace, 2)
    if is_restarted:
        await watching.start(is_well=False, says="watching 0 folders")
    said = await until_doubted(watching, "is another volume than it was")
    assert f"and before fuse ({filespace})" in said
    await asyncio.sleep(1)  # five walks, and five times the quiet time
    assert await released(bus) == [shot(1)]
    shutil.rmtree(watching.exports)
    mount.mount(filespace)
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]


async def test_another_filespace_is_watched_when_a_person_says_that_it_is_the_right_one(
    watching: Process, mount: Passthrough, filespace: Path, bus: Bus
) -> None:
    mount.unmount()
    moved = filespace.rename(filespace.with_name("moved"))
    write(moved, 2)
    mount.mount(moved)
    assert "postflow resume --volume" in await until_doubted(watching, f"fuse ({moved}), and before fuse ({filespace})")
    answer = await bus.ask(ASK_VOLUME, VolumeQuestion(), VolumeAnswer)
    assert answer == VolumeAnswer(was=f"fuse ({filespace})", now=f"fuse ({moved})")
    assert paths(await until_ready(bus, 2)) == [shot(1), shot(2)]
    assert os.path.ismount(watching.exports.parent)
