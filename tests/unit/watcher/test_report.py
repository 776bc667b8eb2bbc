"""What the watcher says of itself."""

from postflow.errors import RetryableError
from tests.unit.watcher.examples import look
from tests.unit.watcher.fakes import START
from watcher.report import Report
from watcher.stability import Steadiness
from watcher.volume import Doubt


class Walks:
    def __init__(self) -> None:
        self.doubt: Doubt | None = None
        self.unanswered_s = 0.0
        self.tops = {"A": "A", "B": "B", "C": "C"}
        self.missing: set[str] = set()


class Follows:
    def __init__(self, *paths: str) -> None:
        self._paths = paths

    def candidates(self) -> list[tuple[str, Steadiness]]:
        return [(path, Steadiness(look(), 0, 0, 1, START)) for path in self._paths]


class Counts:
    def __init__(self, count: int | None = 1204) -> None:
        self._count = count

    def count(self) -> int:
        if self._count is None:
            raise RetryableError("the disk fails")
        return self._count


def test_progress_is_told_in_words() -> None:
    report = Report(Walks(), Follows("A/a.mov", "B/b.mov"), Counts())
    assert report.progress().detail == "watching 3 folders, 1,204 known, 2 waiting: A/a.mov, B/b.mov for quiet"


def test_not_everything_is_named() -> None:
    report = Report(Walks(), Follows(*(f"{number}.mov" for number in range(1005))), Counts(None))
    assert report.progress().detail == (
        "watching 3 folders, an unknown number known, 1,005 waiting: 0.mov, 1.mov, 2.mov and 1,002 more for quiet"
    )


def test_watch_folders_that_are_not_there_are_named() -> None:
    walks = Walks()
    walks.missing = {"Z", "Y"}
    assert "not there: Y, Z" in Report(walks, Follows(), Counts()).progress().detail
    assert Report(walks, Follows(), Counts()).progress().ok


def test_a_doubted_volume_is_not_ready_unless_it_may_be_new() -> None:
    walks = Walks()
    report = Report(walks, Follows(), Counts())
    assert report.volume().ok
    walks.doubt = Doubt("it is gone", "Mount it.")
    assert not report.volume().ok
    walks.doubt = Doubt("it is empty", "Mount it.", is_alarming=False)
    assert report.volume().ok


def test_a_volume_that_hangs_is_not_ready() -> None:
    walks = Walks()
    walks.unanswered_s = 75
    check = Report(walks, Follows(), Counts()).volume()
    assert not check.ok
    assert "75 s" in check.detail
