"""Walks over the watch folders."""

from collections.abc import Iterable

import pytest

from tests.unit.watcher.examples import rules
from tests.unit.watcher.fakes import FakeClock, FakeVolume
from watcher.baseline import Survey
from watcher.guard.shown import Doubt
from watcher.records import FileState, Known
from watcher.selection import Kind, Selection
from watcher.sightings.scan import Slice, Walk
from watcher.volume import Listing, Sight, Unanswered

RULES = rules()
SELECTION = Selection(lambda: RULES)


class FakeLedger:
    def __init__(self, *known: str, state: FileState = FileState.IGNORED, size_bytes: int = 1) -> None:
        self.known = {path: Known(size_bytes, 0, state) for path in known}
        self.asked: list[str] = []

    def known_in(self, folder: str) -> dict[str, Known]:
        self.asked.append(folder)
        parts = ((path.rpartition("/"), known) for path, known in self.known.items())
        return {name: known for (above, _, name), known in parts if above == folder}


class FakeBefore:
    """What was there before: the moment, by place."""

    def __init__(self, frontier: dict[str, int] | None = None) -> None:
        self.frontier = frontier or {}
        self.surveys: list[Survey] = []

    def since_ns(self, place: str) -> int | None:
        return self.frontier.get(place)

    def is_old(self, path: str, newest_ns: int, since_ns: int) -> bool:
        return newest_ns <= since_ns

    def settle(self, surveys: Iterable[Survey]) -> None:
        self.surveys += surveys


def walk(
    volume: FakeVolume,
    ledger: FakeLedger | None = None,
    before: FakeBefore | None = None,
    *,
    marks: dict[str, int] | None = None,
    stat_all: bool = False,
    is_flat: bool = False,
    tops: Iterable[str] = ("EXPORTS",),
) -> Slice:
    """One walk to its end."""
    marks = {} if marks is None else marks
    made = Walk(
        *(volume, ledger or FakeLedger(), before or FakeBefore(), SELECTION, FakeClock()),
        tops=tops,
        marks=marks,
        stat_all=stat_all,
        is_flat=is_flat,
    )
    part = made.advance(60)
    assert made.is_over
    marks |= part.marks
    return part


def paths(part: Slice) -> list[str]:
    return [found.path for found in part.found]


def test_every_file_that_the_ledger_does_not_know_is_found() -> None:
    volume = FakeVolume({"EXPORTS/a.mov": 1, "EXPORTS/SQ01/b.mov": 1, "EXPORTS/SQ01/c.exr": 1, "OTHER/d.mov": 1})
    part = walk(volume, FakeLedger("EXPORTS/a.mov"))
    assert paths(part) == ["EXPORTS/SQ01/b.mov"]
    assert part.found[0].is_unknown
    assert [path for path, _ in part.ignored] == ["EXPORTS/SQ01/c.exr"]
    assert volume.looked_at == ["EXPORTS/SQ01/b.mov"]


def test_a_walk_over_everything_looks_at_what_is_known_too() -> None:
    volume = FakeVolume({"EXPORTS/a.mov": 2, "EXPORTS/b.mov": 1})
    part = walk(volume, FakeLedger("EXPORTS/a.mov"), stat_all=True)
    assert [(found.path, found.decided) for found in part.found] == [("EXPORTS/a.mov", (1, 0)), ("EXPORTS/b.mov", None)]


def test_a_folder_with_the_same_names_as_before_is_not_looked_through_again() -> None:
    volume, ledger, marks = FakeVolume({"EXPORTS/a.mov": 1}), FakeLedger(), dict[str, int]()
    walk(volume, ledger, marks=marks)
    walk(volume, ledger, marks=marks)
    assert ledger.asked == ["EXPORTS"]
    volume.sizes["EXPORTS/b.mov"] = 1
    assert paths(walk(volume, ledger, marks=marks)) == ["EXPORTS/a.mov", "EXPORTS/b.mov"]


def test_what_is_waited_for_is_found_again_and_missed_if_it_is_gone() -> None:
    volume = FakeVolume({"EXPORTS/a.mov": 1})
    part = walk(volume, FakeLedger("EXPORTS/a.mov", "EXPORTS/b.mov", state=FileState.WAITING))
    assert [(found.path, found.is_unknown, found.decided) for found in part.found] == [("EXPORTS/a.mov", False, None)]
    assert part.lost == ["EXPORTS/b.mov"]


def test_a_folder_that_gives_no_answer_is_left_out_and_the_rest_is_found() -> None:
    volume, marks = FakeVolume({"EXPORTS/shut/a.mov": 1, "EXPORTS/open/b.mov": 1}), dict[str, int]()
    volume.mute = {"EXPORTS/shut"}
    part = walk(volume, FakeLedger("EXPORTS/shut/a.mov", state=FileState.WAITING), marks=marks)
    assert paths(part) == ["EXPORTS/open/b.mov"]
    assert part.unanswered == [("EXPORTS/shut", "Permission denied")]
    assert part.lost == []
    volume.mute = set()
    assert paths(walk(volume, marks=marks)) == ["EXPORTS/shut/a.mov"]


def test_a_file_that_gives_no_answer_is_asked_again_though_the_names_are_the_same() -> None:
    volume, marks = FakeVolume({"EXPORTS/a.mov": 1}), dict[str, int]()
    volume.mute = {"EXPORTS/a.mov"}
    assert walk(volume, marks=marks).unanswered == [("EXPORTS/a.mov", "Permission denied")]
    volume.mute = set()
    assert paths(walk(volume, marks=marks)) == ["EXPORTS/a.mov"]


def test_links_and_pipes_are_ignored_and_links_to_folders_not_followed() -> None:
    volume = FakeVolume({"EXPORTS/a.mov": 1, "EXPORTS/.hidden/b.mov": 1})
    volume.others = {"EXPORTS/link.mov": Kind.LINK, "EXPORTS/pipe.mov": Kind.OTHER, "EXPORTS/folder": Kind.LINK}
    part = walk(volume)
    assert paths(part) == ["EXPORTS/a.mov"]
    surprising = [path for path, ignored in part.ignored if ignored.is_surprising]
    assert surprising == ["EXPORTS/link.mov", "EXPORTS/pipe.mov"]


def test_an_empty_file_is_followed_when_its_name_is_new_and_not_for_ever() -> None:
    volume = FakeVolume({"EXPORTS/a.mov": 0})
    assert paths(walk(volume)) == ["EXPORTS/a.mov"]
    assert paths(walk(volume, stat_all=True)) == []


def test_a_walk_can_be_taken_in_slices() -> None:
    volume = FakeVolume({f"EXPORTS/{number}/a.mov": 1 for number in range(5)})
    made = Walk(
        *(volume, FakeLedger(), FakeBefore(), SELECTION, FakeClock()), tops=["EXPORTS"], marks={}, stat_all=False
    )
    found = []
    while not made.is_over:
        found.append(len(made.advance(0).found))
    assert found == [0, 1, 1, 1, 1, 1]


def test_what_was_there_before_is_settled_and_what_came_since_is_found() -> None:
    volume = FakeVolume({"EXPORTS/old.mov": 1, "EXPORTS/SQ01/new.mov": 1, "EXPORTS/SQ01/old.mov": 1})
    volume.newest_ns = {"EXPORTS/SQ01/new.mov": 10_001}
    before = FakeBefore({"EXPORTS": 10_000})
    part = walk(volume, before=before)
    assert paths(part) == ["EXPORTS/SQ01/new.mov"]
    told = [(survey.place, [path for path, _ in survey.old], survey.below) for survey in before.surveys]
    assert told == [
        ("EXPORTS", ["EXPORTS/old.mov"], ["EXPORTS/SQ01"]),
        ("EXPORTS/SQ01", ["EXPORTS/SQ01/old.mov"], []),
    ]


def test_an_empty_file_was_not_there_before() -> None:
    before = FakeBefore({"EXPORTS": 10_000})
    part = walk(FakeVolume({"EXPORTS/a.mov": 0}), before=before)
    assert before.surveys[0].old == []
    assert paths(part) == ["EXPORTS/a.mov"]


def test_a_file_of_the_baseline_without_an_answer_stays_on_the_frontier() -> None:
    volume, before = FakeVolume({"EXPORTS/a.mov": 1}), FakeBefore({"EXPORTS": 10_000})
    volume.mute = {"EXPORTS/a.mov"}
    walk(volume, before=before)
    assert before.surveys == [Survey("EXPORTS", [], ["EXPORTS/a.mov"])]
    volume.mute = set()
    later = FakeBefore({"EXPORTS/a.mov": 10_000})
    part = walk(volume, before=later)
    assert paths(part) == []
    assert [(survey.place, len(survey.old)) for survey in later.surveys] == [("EXPORTS/a.mov", 1)]


def test_only_so_many_recent_files_of_the_baseline_are_followed() -> None:
    volume = FakeVolume({f"EXPORTS/{number}.mov": 1 for number in range(1500)}, newest_ns=9_999)
    part = walk(volume, before=FakeBefore({"EXPORTS": 10_000}))
    assert len(part.recent) == 1000


def test_nothing_counts_that_a_volume_showed_which_is_not_believed_any_more() -> None:
    volume, before = FakeVolume({"EXPORTS/a.mov": 1}), FakeBefore({"EXPORTS": 10})
    volume.doubted = Doubt("it is another one", "Mount the right one.")
    with pytest.raises(Unanswered, match="it is another one"):
        walk(volume, FakeLedger(), before)
    assert before.surveys == []
    volume.doubted = None
    walk(volume, FakeLedger(), before)
    assert [path for survey in before.surveys for path, _ in survey.old] == ["EXPORTS/a.mov"]


class Slow(FakeVolume):
    """Each look takes a millisecond, and each listing as long as two."""

    def __init__(self, clock: FakeClock, sizes: dict[str, int]) -> None:
        super().__init__(sizes)
        self._clock = clock

    def list(self, folder: str) -> Listing | None:
        self._clock.passed_s += 0.002
        return super().list(folder)

    def look(self, path: str) -> Sight | None:
        self._clock.passed_s += 0.001
        return super().look(path)


@pytest.mark.parametrize("stat_all", [False, True])
def test_a_folder_of_very_many_files_is_taken_in_slices_and_lets_the_others_go_first(stat_all: bool) -> None:
    clock = FakeClock()
    many = {f"EXPORTS/A/{number}.mov": 1 for number in range(100_000)}
    volume = Slow(clock, many | {f"EXPORTS/B{number}/b.mov": 1 for number in range(20)})
    parts = (volume, FakeLedger(), FakeBefore(), SELECTION, clock)
    made = Walk(*parts, tops=["EXPORTS"], marks={}, stat_all=stat_all)
    slices: list[Slice] = []
    while not made.is_over:
        began_s = clock.passed_s
        slices.append(made.advance(0.05))
        assert clock.passed_s - began_s < 0.06
    assert max(len(part.found) for part in slices) <= 51
    found = [path for part in slices for path in paths(part)]
    assert sorted(found) == sorted(volume.sizes)
    assert max(found.index(path) for path in found if "/B" in path) < 1000
    assert ["EXPORTS/A" in part.marks for part in slices].index(True) == len(slices) - 1


def test_a_walk_over_hot_folders_looks_below_only_into_what_is_new() -> None:
    volume, marks = FakeVolume({"EXPORTS/a.mov": 1, "EXPORTS/old/b.mov": 1}), dict[str, int]()
    walk(volume, marks=marks)
    volume.sizes |= {"EXPORTS/c.mov": 1, "EXPORTS/old/d.mov": 1, "EXPORTS/new/deep/e.mov": 1}
    known = FakeLedger("EXPORTS/a.mov", "EXPORTS/old/b.mov")
    assert paths(walk(volume, known, marks=marks, is_flat=True)) == ["EXPORTS/c.mov", "EXPORTS/new/deep/e.mov"]
    assert paths(walk(volume, known, marks=marks)) == ["EXPORTS/old/d.mov"]
