"""Of which files people hear that they wait, and when."""

import time

import pytest

from postflow.messages import FileWaiting
from tests.examples import about_file
from tests.unit.watcher.examples import SHOT, look, rules
from tests.unit.watcher.fakes import START, FakeClock
from watcher.contents.finding import Finding, Outcome
from watcher.database import LedgerUnavailable
from watcher.release import Sighting
from watcher.reminding import PATIENCE_S, Reminding
from watcher.stability import Look, Steadiness

OPEN = Finding(Outcome.OPEN, "its index (moov) is missing")


class Desk:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.waits: dict[str, Steadiness] = {}
        self.found: dict[str, Finding] = {}
        self.told: list[FileWaiting] = []
        self.asked = self.woken = 0
        self.can_read = self.ledger_works = True
        self.reminding = self.restarted()

    def restarted(self) -> Reminding:
        ruled = rules()
        return Reminding(
            *(lambda: ruled, self, self.clock),
            candidates=lambda: self.waits.items(),
            obstacle=lambda path, _: self.found.get(path),
            about=self._about,
            can_read=lambda: self.can_read,
            told=self._wake,
        )

    def _about(self, sighting: Sighting, at: object) -> dict[str, object]:
        seen = {"size_bytes": sighting.look.size_bytes, "mtime_ns": sighting.look.mtime_ns}
        return about_file(path=sighting.path, changed_at=sighting.changed_at, at=at, attempt=0, **seen)

    def _wake(self) -> None:
        self.woken += 1

    def tell_waiting(self, waiting: FileWaiting) -> bool:
        if not self.ledger_works:
            raise LedgerUnavailable("the disk is full")
        self.asked += 1
        is_new = waiting.file_id not in {one.file_id for one in self.told}
        self.told += [waiting] if is_new else []
        return is_new

    def see(self, path: str = SHOT, shown: Look | None = None) -> None:
        now_s = self.clock.passed_s
        self.waits[path] = Steadiness(shown or look(), now_s, now_s, 1, self.clock.now())
        self.found[path] = OPEN

    async def after(self, seconds: float) -> list[FileWaiting]:
        self.clock.passed_s += seconds
        await self.reminding.look()
        return self.told


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.see()
    return made


async def test_a_file_that_waits_for_an_hour_is_told_once_with_its_reason(desk: Desk) -> None:
    assert await desk.after(PATIENCE_S - 1) == []
    (waiting,) = await desk.after(1)
    assert (waiting.path, waiting.changed_at, waiting.at) == (SHOT, START, desk.clock.now())
    assert waiting.waiting_for == "whoever writes it to finish: its index (moov) is missing"
    assert waiting.what_to_do.startswith("Wait for its writer")
    assert waiting.channel == "default"
    for _ in range(100):
        assert len(await desk.after(60)) == 1
    assert (desk.asked, desk.woken) == (1, 1)


async def test_it_is_not_told_again_after_a_restart(desk: Desk) -> None:
    await desk.after(PATIENCE_S)
    desk.reminding = desk.restarted()
    assert len(await desk.after(PATIENCE_S)) == 1


async def test_any_change_begins_another_hour(desk: Desk) -> None:
    await desk.after(PATIENCE_S)
    desk.see(shown=look(size_bytes=200))
    assert len(await desk.after(PATIENCE_S - 1)) == 1
    assert [one.size_bytes for one in await desk.after(1)] == [100, 200]


async def test_a_file_that_nothing_in_it_holds_back_is_not_told(desk: Desk) -> None:
    desk.found.clear()
    assert await desk.after(10 * PATIENCE_S) == []


async def test_while_nothing_can_be_read_no_file_is_told(desk: Desk) -> None:
    desk.can_read = False
    assert await desk.after(10 * PATIENCE_S) == []
    desk.can_read = True
    assert len(await desk.after(60)) == 1


async def test_what_could_not_be_noted_is_told_later(desk: Desk) -> None:
    desk.ledger_works = False
    assert await desk.after(PATIENCE_S) == []
    desk.ledger_works = True
    assert len(await desk.after(60)) == 1


async def test_a_file_that_no_rule_wants_is_not_told(desk: Desk) -> None:
    desk.waits.clear()
    desk.see("EXPORTS/nonsense.mov")
    assert await desk.after(PATIENCE_S) == []


async def test_very_many_files_that_wait_keep_nobody_waiting(desk: Desk) -> None:
    for number in range(10_000):
        desk.see(f"EXPORTS/nonsense_{number}.mov")
    await desk.after(PATIENCE_S)
    began_s = time.process_time()
    await desk.after(60)
    assert time.process_time() - began_s < 1
