"""What was there before a watch folder was first seen."""

from pathlib import Path

import pytest

from postflow.routing import WatchFolder
from tests.unit.watcher.examples import look
from watcher.baseline import Baseline, Existing, Survey
from watcher.database import Database
from watcher.records import FileState
from watcher.seen import Seen

EXPORTS = WatchFolder(folder="EXPORTS", include=("**/*.mov",))
NOW_NS = 1_000


def begun(
    database: Database, *watch_folders: WatchFolder, existing: Existing = "ignore", now_ns: int = NOW_NS
) -> Baseline:
    baseline = Baseline(database)
    baseline.begin(watch_folders or (EXPORTS,), existing, now_ns)
    return baseline


def found(database: Database) -> Baseline:
    baseline = begun(database)
    baseline.found(EXPORTS, "EXPORTS")
    return baseline


def never(_: str) -> bool:
    return False


def test_a_watch_folder_that_was_never_seen_is_on_the_frontier(database: Database) -> None:
    baseline = found(database)
    assert baseline.since_ns("EXPORTS") == NOW_NS
    assert baseline.covers("EXPORTS/SQ01/a.mov")
    assert not baseline.covers("MASTERS/a.mov")
    assert baseline.completed(never, ()) == []


def test_a_watch_folder_that_is_not_there_yet_is_covered_whatever_its_case(database: Database) -> None:
    baseline = begun(database)
    assert baseline.covers("exports/a.mov")
    assert baseline.covers("EXPORTS")
    assert not baseline.covers("EXPORTS2/a.mov")


def test_looking_through_a_folder_notes_its_files_and_goes_on_below(database: Database, seen: Seen) -> None:
    baseline = found(database)
    baseline.settle([Survey("EXPORTS", [("EXPORTS/a.mov", look())], ["EXPORTS/SQ01"])])
    known = seen.known("EXPORTS/a.mov")
    assert known is not None
    assert known.state is FileState.IGNORED
    assert baseline.since_ns("EXPORTS") is None
    assert not baseline.covers("EXPORTS/b.mov")
    assert baseline.covers("EXPORTS/SQ01/b.mov")
    baseline.settle([Survey("EXPORTS/SQ01", [("EXPORTS/SQ01/a.mov", look())], [])])
    assert baseline.completed(never, ()) == [("EXPORTS", 2)]
    assert baseline.completed(never, ()) == []


def test_a_folder_and_what_is_below_it_may_be_settled_at_once(database: Database) -> None:
    baseline = found(database)
    baseline.settle([Survey("EXPORTS", [], ["EXPORTS/SQ01"]), Survey("EXPORTS/SQ01", [], [])])
    assert baseline.completed(never, ()) == [("EXPORTS", 0)]


def test_a_folder_that_was_looked_through_by_another_walk_is_left(database: Database, seen: Seen) -> None:
    baseline = found(database)
    baseline.settle([Survey("EXPORTS", [], [])])
    baseline.settle([Survey("EXPORTS", [("EXPORTS/new.mov", look())], ["EXPORTS/SQ01"])])
    assert seen.count() == 0
    assert baseline.completed(never, ()) == [("EXPORTS", 0)]


def test_it_goes_on_where_it_was_cut_short(database: Database) -> None:
    found(database).settle([Survey("EXPORTS", [("EXPORTS/a.mov", look())], ["EXPORTS/SQ01"])])
    again = begun(database, now_ns=9_999)
    again.found(EXPORTS, "EXPORTS")
    assert again.since_ns("EXPORTS") is None
    assert again.since_ns("EXPORTS/SQ01") == NOW_NS
    again.settle([Survey("EXPORTS/SQ01", [("EXPORTS/SQ01/a.mov", look())], [])])
    assert again.completed(never, ()) == [("EXPORTS", 2)]


def test_a_complete_one_is_not_begun_again(database: Database) -> None:
    first = found(database)
    first.settle([Survey("EXPORTS", [], [])])
    first.completed(never, ())
    again = begun(database, now_ns=9_999)
    again.found(EXPORTS, "EXPORTS")
    assert not again.covers("EXPORTS/a.mov")


def test_what_gives_no_answer_holds_up_nothing_else(database: Database) -> None:
    baseline = found(database)
    baseline.settle([Survey("EXPORTS", [], ["EXPORTS/shut", "EXPORTS/shut.mov"])])
    assert baseline.completed(never, {"EXPORTS/shut", "EXPORTS/shut.mov"}) == [("EXPORTS", 0)]
    assert baseline.since_ns("EXPORTS/shut") == NOW_NS
    assert baseline.covers("EXPORTS/shut.mov")


def test_what_gave_no_answer_is_still_on_the_frontier_after_a_restart(database: Database) -> None:
    baseline = found(database)
    baseline.settle([Survey("EXPORTS", [], ["EXPORTS/shut"])])
    assert baseline.completed(never, {"EXPORTS/shut"}) == [("EXPORTS", 0)]
    again = begun(database, now_ns=9_999)
    again.found(EXPORTS, "EXPORTS")
    assert again.since_ns("EXPORTS/shut") == NOW_NS
    assert again.since_ns("EXPORTS") is None
    assert again.completed(never, {"EXPORTS/shut"}) == []


def test_what_is_gone_is_waited_for_no_more(database: Database) -> None:
    baseline = found(database)
    baseline.settle([Survey("EXPORTS", [], ["EXPORTS/SQ01"])])
    assert baseline.completed(never, ()) == []
    assert baseline.completed({"EXPORTS/SQ01"}.__contains__, ()) == [("EXPORTS", 0)]


@pytest.mark.parametrize(
    ("own", "default", "covered"),
    [(None, "ignore", True), (None, "deliver", False), ("deliver", "ignore", False), ("ignore", "deliver", True)],
)
def test_the_rules_may_say_for_a_folder_what_happens_to_existing_files(
    database: Database, own: Existing | None, default: Existing, covered: bool
) -> None:
    watch = EXPORTS.model_copy(update={"existing": own})
    assert begun(database, watch, existing=default).covers("EXPORTS/a.mov") is covered


def complete(database: Database, watch: WatchFolder, *, passed_ns: int) -> None:
    baseline = begun(database, watch)
    baseline.found(watch, watch.folder)
    baseline.settle([Survey(watch.folder, [], [])])
    baseline.completed(never, ())
    baseline.passed(passed_ns)


def test_other_globs_begin_anew_from_the_last_walk_under_the_old_ones(database: Database) -> None:
    complete(database, EXPORTS, passed_ns=5_000)
    wider = EXPORTS.model_copy(update={"include": ("**/*.mov", "**/*.wav")})
    again = begun(database, wider, now_ns=9_999)
    again.found(wider, "EXPORTS")
    assert again.since_ns("EXPORTS") == 5_000


def test_other_globs_in_the_middle_begin_anew_from_the_first_moment(database: Database) -> None:
    found(database).settle([Survey("EXPORTS", [], ["EXPORTS/SQ01"])])
    wider = EXPORTS.model_copy(update={"include": ("**/*",)})
    again = begun(database, wider, now_ns=9_999)
    again.found(wider, "EXPORTS")
    assert again.since_ns("EXPORTS") == NOW_NS


def test_a_watch_folder_that_left_the_rules_and_comes_back_begins_anew(database: Database) -> None:
    other = WatchFolder(folder="MASTERS", include=("*",))
    complete(database, EXPORTS, passed_ns=5_000)
    begun(database, other).passed(7_000)
    again = begun(database, EXPORTS, other, now_ns=9_999)
    again.found(EXPORTS, "EXPORTS")
    assert again.since_ns("EXPORTS") == 5_000


def test_the_whole_filespace_can_be_a_watch_folder(tmp_path: Path, database: Database) -> None:
    whole = WatchFolder(folder=".", include=("**/*.mov",))
    baseline = begun(database, whole)
    assert baseline.covers("anything/a.mov")
    baseline.found(whole, "")
    assert baseline.since_ns("") == NOW_NS
    assert baseline.covers("anything/a.mov")
    baseline.settle([Survey("", [("a.mov", look())], ["SQ01"]), Survey("SQ01", [], [])])
    assert baseline.completed(never, ()) == [(".", 1)]
