"""Files on their way from the first look to the decision."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import pytest

from postflow.threads import in_thread
from tests.unit.watcher.examples import SHOT, look
from tests.unit.watcher.fakes import FakeClock, FakeVolume
from watcher.attention import Attention, Timing
from watcher.database import LedgerUnavailable
from watcher.following import Following
from watcher.guard.shown import Doubt
from watcher.release import Decision, Sighting
from watcher.selection import Kind
from watcher.sightings.scan import Found, Slice
from watcher.stability import Look, Quiet
from watcher.volume import Sight

OTHER = "EXPORTS/UNDLM_00004_v001.mov"


class Desk:
    """Following between a volume in memory and a handler that decides as it is told."""

    def __init__(self) -> None:
        self.volume = FakeVolume({SHOT: 100, OTHER: 100})
        self.clock = FakeClock()
        self.attention = Attention(Timing(Quiet(20, 3), hot_s=2, hot_for_s=600))
        self.following = Following(
            *(self.attention, self, self.volume, self, self, self.clock),
            decided=lambda: self.published.append("woken"),
            why_not=self.why_not,
            ask=in_thread,
        )
        self.published: list[str] = []
        self.waited_for: list[str] = []
        self.forgotten: list[str] = []
        self.decided: list[Sighting] = []
        self.errors: dict[str, Exception] = {}
        self.unproved: set[str] = set()
        self.wanted: list[str] = []
        self.done_with: list[str] = []
        self.uploading: set[str] = set()

    def wait_for(self, found: Iterable[tuple[str, Look]]) -> None:
        self.waited_for += [path for path, _ in found]

    def forget_waiting(self, paths: Sequence[str]) -> None:
        self.forgotten += paths

    def why_not(self, path: str, look: Look) -> str | None:
        return "another machine is still uploading it" if path in self.uploading else None

    def decide(self, sighting: Sighting, at: datetime) -> Decision:
        if sighting.path in self.errors:
            raise self.errors[sighting.path]
        if sighting.path in self.unproved:
            return Decision.UNPROVED
        self.decided.append(sighting)
        return Decision.RELEASED

    def want(self, path: str, look: Look) -> None:
        self.wanted.append(path)

    def forget(self, path: str) -> None:
        self.done_with.append(path)

    async def find(self, *paths: str, size_bytes: int = 100) -> None:
        found = [Found(path, look(size_bytes, mtime_ns=0, inode=1), self.clock.passed_s, True, None) for path in paths]
        await self.following.take(Slice(found=found))

    async def pass_time(self, seconds: float) -> None:
        until_s = self.clock.passed_s + seconds
        while (due_s := self.attention.next_due_s()) is not None and due_s <= until_s:
            self.clock.passed_s = max(due_s, self.clock.passed_s)
            await self.following.look_at_due()
        self.clock.passed_s = until_s


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_found_file_is_waited_for_and_decided_about_when_it_is_quiet(desk: Desk) -> None:
    await desk.find(SHOT)
    assert desk.waited_for == [SHOT]
    await desk.pass_time(19.9)
    assert desk.decided == []
    await desk.pass_time(0.2)
    assert [sighting.path for sighting in desk.decided] == [SHOT]
    assert desk.published == ["woken"]
    await desk.pass_time(1000)
    assert len(desk.decided) == 1


async def test_a_walk_that_sees_it_finished_brings_the_decision_at_once(desk: Desk) -> None:
    await desk.find(SHOT)
    await desk.pass_time(19)
    desk.clock.passed_s = 20.5
    await desk.find(SHOT)
    await desk.pass_time(0.1)
    assert [sighting.path for sighting in desk.decided] == [SHOT]


async def test_an_empty_file_is_not_waited_for(desk: Desk) -> None:
    await desk.find(SHOT, size_bytes=0)
    assert desk.waited_for == []


async def test_a_decision_that_cannot_be_taken_is_taken_later(desk: Desk) -> None:
    desk.errors[SHOT] = LedgerUnavailable("the disk is full")
    await desk.find(SHOT)
    await desk.pass_time(30)
    assert desk.decided == []
    desk.errors.clear()
    await desk.pass_time(2)
    assert [sighting.path for sighting in desk.decided] == [SHOT]


async def test_a_file_that_is_not_proved_to_be_whole_is_looked_into_and_looked_at_ever_more_rarely(desk: Desk) -> None:
    desk.unproved.add(SHOT)
    await desk.find(SHOT)
    await desk.pass_time(19.9)
    assert desk.wanted == []
    await desk.pass_time(0.1)
    assert desk.wanted == [SHOT]
    desk.volume.looked_at.clear()
    await desk.pass_time(100)
    assert 10 < len(desk.volume.looked_at) < 30
    desk.volume.looked_at.clear()
    await desk.pass_time(36_000)
    assert 500 < len(desk.volume.looked_at) < 650
    desk.unproved.clear()
    await desk.pass_time(60)
    assert [sighting.path for sighting in desk.decided] == desk.done_with == [SHOT]


async def test_a_file_in_which_something_was_found_is_decided_about_at_once(desk: Desk) -> None:
    desk.unproved.add(SHOT)
    await desk.find(SHOT)
    await desk.pass_time(3600)
    desk.unproved.clear()
    assert desk.following.want(SHOT)
    await desk.pass_time(0)
    assert [sighting.path for sighting in desk.decided] == [SHOT]


async def test_a_file_that_changed_meanwhile_must_be_quiet_again(desk: Desk) -> None:
    desk.unproved.add(SHOT)
    await desk.find(SHOT)
    await desk.pass_time(3600)
    desk.volume.sizes[SHOT] = 200
    desk.unproved.clear()
    desk.following.want(SHOT)
    await desk.pass_time(19.9)
    assert desk.decided == []
    await desk.pass_time(0.2)
    assert [sighting.look.size_bytes for sighting in desk.decided] == [200]


async def test_one_odd_file_does_not_stop_the_others(desk: Desk) -> None:
    desk.errors[SHOT] = RuntimeError("a defect")
    await desk.find(SHOT, OTHER)
    await desk.pass_time(21)
    assert [sighting.path for sighting in desk.decided] == [OTHER]


async def test_a_file_that_is_still_being_uploaded_is_looked_at_until_it_is_not(desk: Desk) -> None:
    desk.uploading = {SHOT}
    await desk.find(SHOT, OTHER)
    await desk.pass_time(100)
    assert [sighting.path for sighting in desk.decided] == [OTHER]
    desk.uploading.clear()
    await desk.pass_time(2)
    assert [sighting.path for sighting in desk.decided] == [OTHER, SHOT]


async def test_a_file_that_gives_no_answer_is_kept(desk: Desk) -> None:
    await desk.find(SHOT)
    desk.volume.mute = {SHOT}
    await desk.pass_time(2000)
    assert desk.forgotten == []
    desk.volume.mute = set()
    await desk.pass_time(5)
    assert [sighting.path for sighting in desk.decided] == [SHOT]


async def test_a_file_that_is_missing_on_a_doubted_volume_is_kept(desk: Desk) -> None:
    await desk.find(SHOT)
    desk.volume.sizes.clear()
    desk.volume.doubted = Doubt("it is empty", "Mount it.")
    await desk.pass_time(2000)
    assert desk.forgotten == []
    assert SHOT in desk.attention


async def test_a_file_that_is_gone_is_forgotten_and_its_folder_looked_at_again(desk: Desk) -> None:
    lost: list[str] = []
    desk.following.when_lost(lost.append)
    await desk.find(SHOT)
    desk.volume.sizes.clear()
    await desk.pass_time(2000)
    assert desk.forgotten == lost == [SHOT]
    assert SHOT in desk.done_with


async def test_a_file_that_became_a_folder_is_gone(desk: Desk) -> None:
    await desk.find(SHOT)
    del desk.volume.sizes[SHOT]
    desk.volume.others[SHOT] = Kind.FOLDER
    await desk.pass_time(2000)
    assert desk.forgotten == [SHOT]


async def test_a_file_that_another_look_let_go_is_not_taken_for_a_new_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_it_is = look(100, mtime_ns=0, inode=1)
    desk.attention.decided(SHOT, as_it_is, now_s=0, now_at=desk.clock.now())
    really_look = desk.volume.look

    def let_go_meanwhile(path: str) -> Sight | None:
        desk.attention.look(path, as_it_is, asked_s=1000, now_s=1000, now_at=desk.clock.now())
        assert path not in desk.attention
        return really_look(path)

    monkeypatch.setattr(desk.volume, "look", let_go_meanwhile)
    await desk.pass_time(2)
    assert SHOT not in desk.attention


async def test_looks_that_break_are_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.find(SHOT)

    def break_down(_: str) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as broken:
        broken.setattr(desk.volume, "look", break_down)
        desk.clock.passed_s = 2
        with pytest.raises(RuntimeError):
            await desk.following.look_at_due()
    await desk.pass_time(25)
    assert [sighting.path for sighting in desk.decided] == [SHOT]


async def test_nothing_is_decided_while_the_volume_is_not_believed(desk: Desk) -> None:
    await desk.find(SHOT)
    desk.volume.doubted = Doubt("it is another one", "Mount the right one.")
    await desk.pass_time(100)
    assert desk.decided == []
    desk.volume.doubted = None
    await desk.pass_time(2)
    assert [sighting.path for sighting in desk.decided] == [SHOT]
