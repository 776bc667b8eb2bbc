"""The watcher as a process of its own: started, stopped and killed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.messages import FileDelivered
from tests.examples import delivered
from tests.integration.watcher_rig import Process, process, ready_in, shot, stream, until_ready
from tests.nats_fixtures import NatsServer
from watcher.database import FILE_NAME, Database

ONLY_EVENTS = {"SCAN_HOT_S": "60", "SCAN_NAMES_S": "60", "SCAN_FULL_S": "60"}


@pytest.fixture
async def watcher(tmp_path: Path, nats: NatsServer, bus: Bus) -> AsyncIterator[Process]:
    async with process(tmp_path, nats.url) as made:
        yield made


async def test_it_watches_until_it_is_stopped_and_goes_on_when_it_is_started_again(watcher: Process, bus: Bus) -> None:
    for number in range(100):
        (watcher.exports / shot(number)).write_bytes(b"film")
    await watcher.start()
    (watcher.exports / shot(100)).write_bytes(b"film")
    (ready,) = await until_ready(bus, 1)
    assert ready.path == f"EXPORTS/{shot(100)}"
    assert (await watcher.report())["progress"][
        "detail"
    ] == "watching 1 folder, not there: MASTERS, 101 known, none waiting"
    await bus.publish(FileDelivered.model_validate(delivered().model_dump() | ready.model_dump() | {"exposure": 1}))
    async with asyncio.timeout(20):
        while 'action": "ended' not in watcher.log():
            await asyncio.sleep(0.02)
    assert watcher.stop() == 0
    (watcher.exports / shot(101)).write_bytes(b"film")
    (watcher.exports / "SQ01").mkdir()
    (watcher.exports / shot(100)).rename(watcher.exports / "SQ01" / shot(100))
    await watcher.start()
    assert [message.path for message in await until_ready(bus, 2)][1:] == [f"EXPORTS/{shot(101)}"]
    async with asyncio.timeout(20):
        while "moved, not sent again" not in watcher.log():
            await asyncio.sleep(0.02)
    assert len(await ready_in(bus)) == 2


async def test_local_events_alone_are_enough_for_local_files(tmp_path: Path, nats: NatsServer, bus: Bus) -> None:
    async with process(tmp_path, nats.url, **ONLY_EVENTS) as watcher:
        await watcher.start()
        (watcher.exports / shot(1)).write_bytes(b"film")
        await until_ready(bus, 1)
        staged = tmp_path / "volume" / "staged"
        (staged / "deep").mkdir(parents=True)
        (staged / "deep" / shot(2)).write_bytes(b"film")
        staged.rename(watcher.exports / "SQ02")
        await until_ready(bus, 2)
        (watcher.exports / shot(1)).write_bytes(b"another film")
        (*_, last) = await until_ready(bus, 3)
    assert last.path == f"EXPORTS/{shot(1)}"
    assert all((ready.at - ready.changed_at).total_seconds() < 5 for ready in await ready_in(bus))


async def test_a_name_that_is_not_utf_8_does_not_end_the_watch(tmp_path: Path, nats: NatsServer, bus: Bus) -> None:
    async with process(tmp_path, nats.url, **ONLY_EVENTS) as watcher:
        await watcher.start()
        (watcher.exports / os.fsdecode(b"na\xefve.mov")).write_bytes(b"film")
        async with asyncio.timeout(20):
            while "events_ended" not in watcher.log():
                await asyncio.sleep(0.02)
        (watcher.exports / shot(1)).write_bytes(b"film")
        (ready,) = await until_ready(bus, 1)
    assert ready.path == f"EXPORTS/{shot(1)}"
    assert "not UTF-8" in watcher.log()


async def test_killed_again_and_again_it_releases_every_file_once(watcher: Process, bus: Bus) -> None:
    await watcher.start()
    for round_number in range(4):
        for number in range(10):
            (watcher.exports / shot(10 * round_number + number)).write_bytes(b"film")
        await until_ready(bus, 10 * round_number + 3)
        watcher.kill()
        await watcher.start()
    messages = await until_ready(bus, 40)
    assert sorted(message.path for message in messages) == [f"EXPORTS/{shot(number)}" for number in range(40)]
    assert {message.attempt for message in messages} == {1}


async def test_it_releases_what_became_ready_while_nats_was_down(watcher: Process, nats: NatsServer, bus: Bus) -> None:
    await watcher.start()
    nats.kill()
    (watcher.exports / shot(1)).write_bytes(b"film")
    async with asyncio.timeout(20):
        while "waiting for quiet" not in watcher.log():
            await asyncio.sleep(0.02)
    nats.start()
    (ready,) = await until_ready(bus, 1)
    assert ready.path == f"EXPORTS/{shot(1)}"


KILLED_IN_THE_BASELINE = """
import os, signal, sys
import watcher.walking
from postflow.service import run
from watcher.__main__ import main
from watcher.volume import Volume

left = int(sys.argv[-1])
really_list = Volume.list

def list_so_many(self, folder):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return really_list(self, folder)

Volume.list = list_so_many
watcher.walking.SLICE_S = 0.0
run(main)
"""


async def test_a_baseline_that_was_killed_goes_on_and_releases_nothing_of_what_was_there(
    tmp_path: Path, nats: NatsServer, bus: Bus
) -> None:
    async with process(tmp_path, nats.url) as watcher:
        for number in range(500):
            folder = watcher.exports / f"SQ{number % 50:02d}"
            folder.mkdir(exist_ok=True)
            (folder / shot(number)).write_bytes(b"film")
        for folders in (20, 20):
            assert watcher.run_to_its_end("-c", KILLED_IN_THE_BASELINE, str(folders)) == -signal.SIGKILL
        known = noted(tmp_path)
        assert 0 < known < 500
        (watcher.exports / "SQ49" / shot(1000)).write_bytes(b"film")
        (watcher.exports / "SQ00" / shot(1001)).write_bytes(b"film")
        await watcher.start()
        released = sorted(message.path for message in await until_ready(bus, 2))
        assert released == [f"EXPORTS/SQ00/{shot(1001)}", f"EXPORTS/SQ49/{shot(1000)}"]
        assert "500 files were here before me and are left alone" in watcher.log()
        watcher.stop()
        await watcher.start()
    assert len(await stream(bus)) == 2


def noted(folder: Path) -> int:
    database = Database(folder / "data")
    (count,) = database.rows("SELECT count(*) FROM files")[0]
    database.close()
    return int(count)


async def test_every_mistake_ends_it_at_once_with_one_line(tmp_path: Path) -> None:
    watcher = Process(tmp_path, "nats://127.0.0.1:1", VOLUME_ROOT="/nowhere", WATCH_SAMPLES="3")
    (tmp_path / "postflow.toml").write_text("[shows.undlm]\ncode = 5\n")
    assert watcher.run_to_its_end("-m", "watcher") == 2
    said = watcher.log().splitlines()
    assert any(line.startswith("VOLUME_ROOT: there is no folder /nowhere") for line in said)
    assert any(line.startswith("POSTFLOW_CONFIG: ") and "shows.undlm.code" in line for line in said)
    assert not any("Traceback" in line for line in said)


async def test_a_second_watcher_on_the_same_ledger_is_refused(watcher: Process, tmp_path: Path) -> None:
    await watcher.start()
    assert watcher.run_to_its_end("-m", "watcher") == 1
    assert "another watcher uses" in watcher.log()
    assert (tmp_path / "data" / FILE_NAME).exists()
