"""Which files are looked into, and when: with children that answer as they are told, and a clock of the test."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.unit.watcher.examples import look
from tests.unit.watcher.fakes import FakeClock
from watcher.contents import examining
from watcher.contents.examining import AT_ONCE, LONGEST_AGAIN_S, SILENT_IN_A_ROW, Examining
from watcher.contents.finding import Finding, Outcome
from watcher.stability import Look

FILM, OTHER = "EXPORTS/a.mov", "EXPORTS/b.mov"
LOOK = look()

CLOSED = Finding(Outcome.CLOSED, "its boxes end where it ends")
OPEN = Finding(Outcome.OPEN, "its index (moov) is missing")
SILENT = Finding(Outcome.SILENT, "no answer within 20 s")


class Hung:
    def __init__(self) -> None:
        self.number = 0

    def count(self) -> int:
        return self.number

    @property
    def are_too_many(self) -> bool:
        return self.number > 3


class Child:
    """Answers what the desk says, at once or when the test lets it."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self.has_started = self.has_ended = False
        self.rests = 0

    def look_into(self, path: str, look: Look) -> Finding:
        self.has_started = True
        self._desk.asked.append((path, look))
        assert self._desk.may_answer.wait(10)
        answer = self._desk.answers.get(path, CLOSED)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def start(self) -> None:
        self.has_started = True

    def rest(self) -> None:
        self.rests += 1

    def end(self) -> None:
        self.has_ended = True
        self._desk.may_answer.set()


class Desk:
    def __init__(self) -> None:
        self.answers: dict[str, Finding | Exception] = {}
        self.asked: list[tuple[str, Look]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.children = [Child(self) for _ in range(AT_ONCE)]
        self.hung = Hung()
        self.clock = FakeClock()
        self.followed = {FILM, OTHER, *(f"{number}.mov" for number in range(50))}
        self.told: list[str] = []
        self.examining = Examining(self.children, self.hung, self.clock)
        self.examining.when_found(self._tell)

    def _tell(self, path: str) -> bool:
        self.told.append(path)
        return path in self.followed

    async def want(self, path: str = FILM, look: Look = LOOK) -> Finding | None:
        self.examining.want(path, look)
        await self.examining.examine_all()
        return self.examining.finding(path, look)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(self.examining.run(stop))
        yield
        stop.set()
        await task

    async def until_told(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.told) < count:
                await asyncio.sleep(0.002)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_what_passes_is_looked_into_once(desk: Desk) -> None:
    assert not desk.examining.passed(FILM, LOOK)
    assert await desk.want() == CLOSED
    assert desk.examining.passed(FILM, LOOK)
    assert desk.told == [FILM]


async def test_what_is_open_is_looked_into_again_at_growing_intervals(desk: Desk) -> None:
    desk.answers[FILM] = OPEN
    at_s = []
    while desk.clock.passed_s < 4000:
        before = len(desk.asked)
        assert await desk.want() == OPEN
        if len(desk.asked) > before:
            at_s.append(desk.clock.passed_s)
        desk.clock.passed_s += 1
    assert at_s[:6] == [0, 15, 45, 105, 225, 465]
    assert at_s[-1] - at_s[-2] == LONGEST_AGAIN_S
    desk.answers[FILM] = CLOSED
    desk.clock.passed_s += LONGEST_AGAIN_S
    assert await desk.want() == CLOSED


async def test_a_file_that_changed_is_looked_into_at_once(desk: Desk) -> None:
    desk.answers[FILM] = OPEN
    await desk.want()
    assert desk.examining.finding(FILM, look(200)) is None
    desk.answers[FILM] = CLOSED
    assert await desk.want(look=look(200)) == CLOSED
    assert not desk.examining.passed(FILM, LOOK)


async def test_what_is_not_followed_any_more_is_forgotten(desk: Desk) -> None:
    desk.followed.clear()
    assert await desk.want() is None
    desk.followed.add(FILM)
    await desk.want()
    desk.examining.forget(FILM)
    assert not desk.examining.passed(FILM, LOOK)


async def test_what_is_forgotten_before_its_turn_is_not_looked_into(desk: Desk) -> None:
    desk.examining.want(FILM, LOOK)
    desk.examining.forget(FILM)
    assert await desk.examining.examine_all()
    assert (desk.asked, desk.told) == ([], [])


async def test_a_defect_of_the_check_holds_nothing_back_and_is_logged(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.answers[FILM] = Finding(Outcome.BROKEN, "ValueError()")
    await desk.want()
    assert desk.examining.passed(FILM, LOOK)
    assert "ValueError()" in capsys.readouterr().out


async def test_one_odd_file_stops_nothing(desk: Desk) -> None:
    desk.answers[FILM] = RuntimeError("a defect")
    finding = await desk.want()
    assert finding is not None
    assert finding.outcome is Outcome.UNREADABLE
    assert await desk.want(OTHER) == CLOSED


async def test_several_files_are_looked_into_at_a_time_and_each_once(desk: Desk) -> None:
    desk.may_answer.clear()
    async with desk.running():
        for number in range(12):
            desk.examining.want(f"{number}.mov", LOOK)
            desk.examining.want(f"{number}.mov", LOOK)
        async with asyncio.timeout(10):
            while len(desk.asked) < AT_ONCE:
                await asyncio.sleep(0.002)
        assert len(desk.asked) == AT_ONCE
        desk.may_answer.set()
        await desk.until_told(12)
    assert sorted(desk.asked) == sorted((f"{number}.mov", LOOK) for number in range(12))


async def test_one_file_after_the_other_needs_one_child(desk: Desk) -> None:
    async with desk.running():
        for number in range(5):
            desk.examining.want(f"{number}.mov", LOOK)
            await desk.until_told(number + 1)
    assert [child.has_started for child in desk.children] == [True, False, False, False]
    assert all(child.has_ended for child in desk.children)


async def test_children_that_are_not_needed_are_let_go(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "IDLE_S", 0.01)
    async with desk.running(), asyncio.timeout(10):
        while not all(child.rests for child in desk.children[1:]):
            await asyncio.sleep(0.002)
    assert desk.children[0].rests == 0


async def test_it_ends_while_a_read_hangs(desk: Desk) -> None:
    desk.may_answer.clear()
    async with asyncio.timeout(10), desk.running():
        desk.examining.want(FILM, LOOK)
        while not desk.asked:
            await asyncio.sleep(0.002)


async def test_one_read_that_hangs_is_told_and_several_in_a_row_are_the_mount(desk: Desk) -> None:
    assert desk.examining.check().detail == "what is in files can be read"
    for number in range(SILENT_IN_A_ROW):
        check = desk.examining.check()
        assert check.ok
        desk.answers[f"{number}.mov"] = SILENT
        await desk.want(f"{number}.mov")
    check = desk.examining.check()
    assert (check.ok, check.detail) == (False, "reading what is in files hangs: 3 reads give no answer, and none does")
    assert check.what_to_do
    await desk.want(FILM)
    assert desk.examining.check().detail == "3 reads give no answer; others do"


async def test_when_one_can_be_read_again_all_others_are_tried_at_once(desk: Desk) -> None:
    desk.answers[FILM] = desk.answers[OTHER] = SILENT
    await desk.want(FILM)
    await desk.want(OTHER)
    desk.answers.clear()
    desk.clock.passed_s = 1
    assert await desk.want(OTHER) == SILENT
    assert await desk.want("0.mov") == CLOSED
    assert await desk.want(OTHER) == CLOSED


async def test_too_many_reads_that_were_given_up_are_told(desk: Desk) -> None:
    desk.hung.number = 1
    assert desk.examining.check().detail == "1 read gives no answer; others do"
    desk.hung.number = 4
    assert not desk.examining.check().ok
