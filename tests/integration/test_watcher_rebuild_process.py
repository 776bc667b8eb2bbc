"""The watcher as a process whose ledger was lost, and the command that makes it anew."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from console.lines import of_services
from postflow.bus import Bus
from postflow.checks import ChecksAnswer, ChecksQuestion, ask_checks
from tests.integration.watcher_rig import Process, process, shot, stream, until_ready
from tests.nats_fixtures import NatsServer

pytestmark = pytest.mark.timeout(180)
"""Each starts eight processes, one after the other."""


@pytest.fixture
async def watcher(tmp_path: Path, nats: NatsServer, bus: Bus) -> AsyncIterator[Process]:
    async with process(tmp_path, nats.url, WATCH_EXISTING="deliver") as made:
        yield made


async def rebuild(nats: NatsServer, *arguments: str, typed: str = "") -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "console", "rebuild", *arguments),
        env={"PATH": os.environ["PATH"], "NATS_URL": nats.url},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await child.communicate(typed.encode())
    return child.returncode or 0, out.decode()


async def lose(watcher: Process, bus: Bus, folder: Path) -> None:
    """After twenty files were released; another one came meanwhile."""
    await watcher.start()
    for number in range(20):
        (watcher.exports / shot(number)).write_bytes(b"film")
    await until_ready(bus, 20)
    watcher.kill()
    for file in (folder / "data").iterdir():
        file.unlink()
    (watcher.exports / shot(30)).write_bytes(b"film")
    await watcher.start_lost()


async def test_nothing_is_released_until_a_person_agrees_and_nothing_twice_then(
    watcher: Process, nats: NatsServer, bus: Bus, tmp_path: Path
) -> None:
    await lose(watcher, bus, tmp_path)
    (said,) = await bus.ask_each([ask_checks("watcher")], ChecksQuestion(), ChecksAnswer, within_s=2)
    red = {line.check: line.what_to_do for line in of_services([said]) if line.state == "red"}
    assert "postflow rebuild" in red["ledger"]
    code, out = await rebuild(nats, typed="n\n")
    assert (code, "Nothing was done" in out) == (1, True)
    assert [line.split()[2] for line in out.splitlines() if "unfinished" in line or "unknown" in line] == ["20", "1"]
    assert (await rebuild(nats))[0] == 130, "nobody said yes"
    watcher.kill()
    await watcher.start_lost()
    code, out = await rebuild(nats, typed="y\n")
    assert (code, "made anew" in out) == (0, True)
    await watcher.until("progress", "watching 1 folder", is_ready=True)
    (watcher.exports / shot(31)).write_bytes(b"film")
    assert (await until_ready(bus, 21))[20].path == f"EXPORTS/{shot(31)}"
    watcher.stop()
    await watcher.start()
    assert len(await stream(bus)) == 21
    assert await rebuild(nats) == (0, "The ledger was not lost: there is nothing to be done.\n")


async def test_json_decides_only_with_yes(watcher: Process, nats: NatsServer, bus: Bus, tmp_path: Path) -> None:
    await lose(watcher, bus, tmp_path)
    code, out = await rebuild(nats, "--json")
    told = json.loads(out)
    assert (code, told["state"], told["stock"]["unfinished"], told["stock"]["unknown"]) == (1, "looked", 20, 1)
    code, out = await rebuild(nats, "--json", "--yes", "--deliver-unknown")
    assert (code, json.loads(out)["state"]) == (0, "done")
    assert (await until_ready(bus, 21))[20].path == f"EXPORTS/{shot(30)}"
