"""LucidLink's daemon, asked over a real socket whether another machine is still uploading a file."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.messages import FileWaiting
from simulators.faults import Delay, Reset
from simulators.lucidlink import LucidlinkSimulator
from simulators.lucidlink.faults import Nonsense, Status
from simulators.serving import running
from tests.integration.watcher_rig import Desk, process, ready_in, shot, stream, until_ready
from tests.nats_fixtures import NatsServer, free_port
from tests.unit.watcher.examples import RULES
from tests.unit.watcher.fakes import FakeClock
from watcher import lucidlink
from watcher.lucidlink import Lucidlink, linked
from watcher.reminding import PATIENCE_S
from watcher.uploads import UPLOADING, Word

A = "EXPORTS/a.mov"


class Scene:
    def __init__(self, daemon: LucidlinkSimulator, base_url: str, asks: Lucidlink, clock: FakeClock) -> None:
        self.daemon = daemon
        self.base_url = base_url
        self.asks = asks
        self.clock = clock


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    daemon, clock = LucidlinkSimulator(), FakeClock()
    async with running(daemon.app) as base_url, linked(base_url, "film.studio", clock) as asks:
        assert asks is not None
        yield Scene(daemon, base_url, asks, clock)
    assert daemon.journal.violations == 0


async def test_it_says_which_files_another_machine_uploads(scene: Scene) -> None:
    path = "EXPORTS/SQ 01/é #1 & 2?.mov"
    scene.daemon.uploading = {f"/{path}"}
    assert await scene.asks.word(path) is Word.UPLOADING
    assert await scene.asks.word(A) is Word.CLEAR
    scene.daemon.unknown = {f"/{A}"}
    assert await scene.asks.word(A) is Word.UNKNOWN
    assert scene.asks.check().detail == "LUCIDLINK_API answers"


@pytest.mark.parametrize(
    "fault", [Status(status=500), Status(status=404), Nonsense(), Nonsense(body="[]"), Nonsense(status=204, body="")]
)
async def test_an_answer_that_is_none_is_about_nobody_else_and_is_told_if_it_lasts(scene: Scene, fault: Status) -> None:
    await scene.asks.look()
    scene.daemon.faults.queue(fault.model_copy(update={"name": f"/{A}", "times": 2}))
    assert await scene.asks.word(A) is Word.UNKNOWN
    assert not scene.asks.is_silent
    assert scene.asks.check().what_to_do == ""
    scene.clock.passed_s = 61
    assert await scene.asks.word(A) is Word.UNKNOWN
    check = scene.asks.check()
    assert check.ok
    assert check.what_to_do.startswith("See that the daemon runs")
    assert await scene.asks.word("EXPORTS/b.mov") is Word.CLEAR
    assert scene.asks.check().what_to_do == ""


async def test_what_it_makes_of_the_root_is_no_trouble(scene: Scene) -> None:
    scene.daemon.faults.queue(Status(name="/", status=404))
    await scene.asks.look()
    scene.clock.passed_s = 100
    assert scene.asks.check().detail == "LUCIDLINK_API answers"


async def test_while_it_is_cut_off_no_file_is_asked_about_until_it_answers_again(scene: Scene) -> None:
    await scene.asks.look()
    scene.clock.passed_s = 1
    scene.daemon.faults.queue(Reset(times=3))
    assert await scene.asks.word(A) is Word.UNKNOWN
    assert scene.asks.is_silent
    assert await scene.asks.word(A) is Word.UNKNOWN
    assert scene.daemon.asked.count(f"/{A}") == 1
    assert scene.asks.check().what_to_do == ""
    scene.clock.passed_s = 62
    await scene.asks.look()
    assert "nothing answers" in scene.asks.check().detail
    for _ in range(2):
        await scene.asks.look()
    assert await scene.asks.word(A) is Word.CLEAR


async def test_one_time_out_among_answers_is_about_that_file_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lucidlink, "PATIENCE_S", 0.2)
    scene.daemon.faults.queue(Delay(name=f"/{A}", delay_s=0.5))
    slow = asyncio.create_task(scene.asks.word(A))
    async with asyncio.timeout(10):
        while f"/{A}" not in scene.daemon.asked:
            await asyncio.sleep(0.01)
    scene.clock.passed_s = 1
    assert await scene.asks.word("EXPORTS/b.mov") is Word.CLEAR
    assert await slow is Word.UNKNOWN
    assert not scene.asks.is_silent


async def test_while_nothing_answers_nobody_counts_on_it(scene: Scene) -> None:
    await scene.asks.look()
    assert scene.asks.is_of_use
    scene.clock.passed_s = 1
    scene.daemon.faults.queue(Reset(times=3))
    await scene.asks.look()
    assert scene.asks.is_silent
    assert not scene.asks.is_of_use


async def test_at_most_ten_are_asked_about_at_a_time(scene: Scene) -> None:
    scene.daemon.faults.queue(Delay(delay_s=0.02, times=40))
    await asyncio.gather(*(scene.asks.word(f"{number}.mov") for number in range(40)))
    assert scene.daemon.most_at_once == 10


async def test_one_that_never_answered_is_told_at_once() -> None:
    async with linked(f"http://127.0.0.1:{free_port()}", "film.studio", FakeClock()) as asks:
        assert asks is not None
        assert asks.check().detail == "LUCIDLINK_API has not answered yet"
        await asks.look()
        assert asks.check().detail.startswith("LUCIDLINK_API has been of no use since 12:00 UTC: nothing answers")


async def test_a_file_waits_until_no_other_machine_uploads_it_and_why_says_so(desk: Desk, bus: Bus) -> None:
    daemon = LucidlinkSimulator()
    daemon.uploading = {f"/EXPORTS/{shot(1)}"}
    async with running(daemon.app) as base_url:
        desk.lucidlink_api = base_url
        await desk.start()
        desk.write(shot(1))
        desk.write(shot(2))
        await desk.see()
        (ready,) = await desk.wait_for_lucidlink(10)
        assert ready.path == f"EXPORTS/{shot(2)}"
        assert await desk.why(shot(1)) == ("waiting", UPLOADING)
        assert len(await desk.wait_for_lucidlink(600)) == 1
        daemon.uploading.clear()
        assert len(await desk.wait_for_lucidlink(8)) == 2
    assert daemon.journal.violations == 0


async def test_people_hear_of_an_upload_that_does_not_end(desk: Desk, bus: Bus) -> None:
    daemon = LucidlinkSimulator()
    daemon.uploading = {f"/EXPORTS/{shot(1)}"}
    async with running(daemon.app) as base_url:
        desk.lucidlink_api = base_url
        await desk.start()
        desk.write(shot(1))
        await desk.see()
        await desk.wait_for_lucidlink(10)
        desk.clock.passed_s += PATIENCE_S
        for _ in range(2):
            await desk.parts.reminding.look()
            await desk.publish()
    (waiting,) = [message for message in await stream(bus) if isinstance(message, FileWaiting)]
    assert waiting.waiting_for == f"its upload from the machine that wrote it: {UPLOADING}"
    assert waiting.what_to_do.startswith("See that the machine that wrote it is on")


async def test_a_file_that_another_machine_uploads_waits_on_when_the_rules_are_edited(desk: Desk, bus: Bus) -> None:
    daemon = LucidlinkSimulator()
    daemon.uploading = {f"/EXPORTS/{shot(1)}"}
    async with running(daemon.app) as base_url:
        desk.lucidlink_api = base_url
        await desk.start()
        desk.write(shot(1))
        await desk.see()
        assert await desk.wait_for_lucidlink(10) == []
        await desk.edit(RULES.replace("SHOTS/", "WIP/"))
        await desk.see()
        assert await desk.wait_for_lucidlink(60) == []
        assert await desk.why(shot(1)) == ("waiting", UPLOADING)
        daemon.uploading.clear()
        (ready,) = await desk.wait_for_lucidlink(30)
    assert ready.destination.folder[0] == "WIP"


async def test_a_daemon_that_is_not_there_holds_nothing_back(desk: Desk, bus: Bus) -> None:
    desk.lucidlink_api = f"http://127.0.0.1:{free_port()}"
    await desk.start()
    desk.write(shot(1))
    await desk.see()
    assert len(await desk.wait_for_lucidlink(6)) == 1
    desk.write(shot(2))
    assert len(await desk.see()) == 2


async def test_the_watcher_asks_at_the_address_of_its_settings(tmp_path: Path, nats: NatsServer, bus: Bus) -> None:
    daemon = LucidlinkSimulator()
    daemon.uploading = {f"/EXPORTS/{shot(1)}"}
    settings = {"LUCIDLINK_FILESPACE": "film.studio", "SCAN_HOT_S": "0.2"}
    async with (
        running(daemon.app) as base_url,
        process(tmp_path, nats.url, LUCIDLINK_API=base_url, **settings) as watcher,
    ):
        await watcher.start()
        assert "LUCIDLINK_API answers" in str((await watcher.report())["lucidlink"]["detail"])
        (watcher.exports / shot(1)).write_bytes(b"film")
        async with asyncio.timeout(20):
            while "another machine is still uploading it" not in watcher.log():
                await asyncio.sleep(0.05)
        assert await ready_in(bus) == []
        daemon.uploading.clear()
        await until_ready(bus, 1)
        assert watcher.stop() == 0
    assert daemon.journal.violations == 0
