"""Who waits for LucidLink's word, and how it is asked for."""

import asyncio

import pytest

from tests.unit.watcher.examples import SHOT, look
from tests.unit.watcher.fakes import FakeClock
from watcher import uploading
from watcher.uploading import Uploading
from watcher.uploads import ASKED, CLEAR_ONCE, UPLOADING, Word


class Daemon:
    """Answers as it is told, once it may."""

    def __init__(self) -> None:
        self.is_silent = False
        self.says = Word.CLEAR
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def word(self, path: str) -> Word:
        self.asked.append(path)
        await self.may_answer.wait()
        return self.says


class Desk:
    def __init__(self) -> None:
        self.daemon = Daemon()
        self.clock = FakeClock()
        self.uploading = Uploading(self.daemon, self.clock)
        self.wanted: list[tuple[str, float]] = []
        self.follows = True
        self.uploading.when_to_look(self._look_at)

    def _look_at(self, path: str, at_s: float) -> bool:
        self.wanted.append((path, at_s))
        return self.follows

    async def ask(self, at_s: float, **changed: int) -> str | None:
        """What speaks against it at that time, once every answer is there."""
        self.clock.passed_s = at_s
        why = self.uploading.why_not(SHOT, look(**changed))
        await self.uploading.idle()
        return why


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_file_is_released_after_two_answers(desk: Desk) -> None:
    assert await desk.ask(0) == ASKED
    assert desk.wanted == [(SHOT, 5.0)]
    assert await desk.ask(2) == CLEAR_ONCE
    assert len(desk.daemon.asked) == 1
    assert await desk.ask(5) == CLEAR_ONCE
    assert desk.wanted[-1] == (SHOT, 5.0)
    assert await desk.ask(5.1) is None
    assert desk.daemon.asked == [SHOT, SHOT]
    assert desk.uploading.why(SHOT, look()) == ""


async def test_one_that_something_else_keeps_is_not_asked_about_anew_for_a_while(desk: Desk) -> None:
    await desk.ask(0)
    await desk.ask(5)
    for second in range(6, 606, 60):
        assert await desk.ask(second) is None
    assert len(desk.daemon.asked) == 2
    assert await desk.ask(606) == ASKED
    assert await desk.ask(607, size_bytes=200) == ASKED


async def test_a_file_that_another_machine_uploads_is_asked_about_until_it_is_done(desk: Desk) -> None:
    desk.daemon.says = Word.UPLOADING
    await desk.ask(0)
    for second in range(3, 3000, 3):
        assert await desk.ask(second) == UPLOADING
    assert desk.uploading.why(SHOT, look()) == UPLOADING
    desk.daemon.says = Word.CLEAR
    assert await desk.ask(3000) == UPLOADING
    assert await desk.ask(3005) == CLEAR_ONCE
    assert await desk.ask(3006) is None


async def test_what_was_heard_of_another_revision_does_not_count(desk: Desk) -> None:
    await desk.ask(0)
    assert await desk.ask(30, size_bytes=200) == ASKED
    assert await desk.ask(35, size_bytes=200) == CLEAR_ONCE
    assert await desk.ask(36, size_bytes=200) is None


async def test_an_answer_that_comes_when_the_file_is_another_does_not_count(desk: Desk) -> None:
    desk.daemon.may_answer.clear()
    desk.uploading.why_not(SHOT, look())
    await asyncio.sleep(0)
    desk.clock.passed_s = 7
    assert desk.uploading.why_not(SHOT, look(size_bytes=200)) == ASKED
    desk.daemon.may_answer.set()
    await desk.uploading.idle()
    assert desk.uploading.why(SHOT, look(size_bytes=200)) == ASKED
    assert desk.uploading.why(SHOT, look()) == ""
    assert desk.wanted == [(SHOT, 7.0)]


async def test_while_nothing_answers_nobody_waits(desk: Desk) -> None:
    desk.daemon.is_silent = True
    assert await desk.ask(0) is None
    assert desk.daemon.asked == []


async def test_a_daemon_that_falls_silent_does_not_end_an_upload_for_a_while(desk: Desk) -> None:
    desk.daemon.says = Word.UPLOADING
    await desk.ask(0)
    desk.daemon.is_silent, desk.daemon.says = True, Word.UNKNOWN
    assert await desk.ask(300) == UPLOADING
    assert await desk.ask(601) is None


async def test_without_an_address_nothing_speaks_against_any_file() -> None:
    assert Uploading(None, FakeClock()).why_not(SHOT, look()) is None


async def test_nobody_waits_for_an_answer_when_the_service_stops(desk: Desk) -> None:
    desk.daemon.may_answer.clear()
    desk.uploading.why_not(SHOT, look())
    stop = asyncio.Event()
    stop.set()
    async with asyncio.timeout(5):
        await desk.uploading.run(stop)
    assert desk.uploading.why_not(SHOT, look()) == ASKED
    await desk.uploading.idle()
    assert len(desk.daemon.asked) <= 1


async def test_a_file_that_nobody_follows_any_more_is_forgotten(desk: Desk) -> None:
    desk.follows = False
    await desk.ask(0)
    assert desk.uploading.why(SHOT, look()) == ""


async def test_what_is_kept_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "TIDY_AT", 3)
    desk = Desk()
    for number in range(10):
        desk.clock.passed_s = 1000 * number
        desk.uploading.why_not(f"{number}.mov", look())
        await desk.uploading.idle()
    kept = [number for number in range(10) if desk.uploading.why(f"{number}.mov", look())]
    assert kept[0] > 0
    assert kept[-4:] == [6, 7, 8, 9]
