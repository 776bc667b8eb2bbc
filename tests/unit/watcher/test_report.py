"""What the watcher says of itself."""

from collections.abc import Callable, Sequence
from functools import partial

from postflow import mounted
from postflow.checks import Check
from postflow.errors import RetryableError
from postflow.mounts import Mount
from tests.unit.watcher.examples import look
from tests.unit.watcher.fakes import START
from watcher.contents.finding import Finding, Outcome
from watcher.guard.shown import Doubt
from watcher.report import Report
from watcher.stability import Steadiness


class Walks:
    def __init__(self) -> None:
        self.doubt: Doubt | None = None
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


class Looked:
    def __init__(self) -> None:
        self.mount: Mount | None = Mount(25, "/", "ext4", "/dev/sda1", True, False, None)

    def volume(self, seen: Check) -> Check:
        return seen

    def lucidlink(self) -> Check:
        return mounted.lucidlink(self.mount)


FUSE = Mount(90, "/mnt", "fuse.lucid", "film.studio", True, True, 1000)


def reporting(
    walks: Walks | None = None,
    follows: Follows | None = None,
    counts: Counts | None = None,
    looked: Looked | None = None,
    *,
    found: dict[str, Finding] | None = None,
    canary: str | None = None,
    unanswered_s: float = 0.0,
    hears: Sequence[Callable[[], Check]] = (),
) -> Report:
    looked = looked or Looked()
    findings = found or {}
    parts = (walks or Walks(), follows or Follows(), counts or Counts(), looked)
    return Report(
        *parts,
        lambda path, _: findings.get(path),
        canary=canary,
        hears=hears,
        unanswered_s=lambda: unanswered_s,
    )


def test_progress_is_told_in_words() -> None:
    report = reporting(None, Follows("A/a.mov", "B/b.mov"))
    assert report.progress().detail == "watching 3 folders, 1,204 known, 2 waiting: A/a.mov, B/b.mov for quiet"


def test_files_that_are_not_finished_are_told_apart() -> None:
    found = {
        "A/a.mov": Finding(Outcome.OPEN, "its index (moov) is missing"),
        "B/b.mov": Finding(Outcome.CLOSED, "its boxes end where it ends"),
    }
    report = reporting(None, Follows("A/a.mov", "B/b.mov"), found=found)
    assert report.progress().detail.endswith(
        "known, 1 waiting: B/b.mov for quiet, 1 not finished or not readable: A/a.mov"
    )
    assert (
        reporting(None, Follows("A/a.mov"), found=found)
        .progress()
        .detail.endswith("known, 1 not finished or not readable: A/a.mov")
    )


def test_not_everything_is_named() -> None:
    report = reporting(None, Follows(*(f"{number}.mov" for number in range(1005))), Counts(None))
    assert report.progress().detail == (
        "watching 3 folders, an unknown number known, 1,005 waiting: 0.mov, 1.mov, 2.mov and 1,002 more for quiet"
    )


def test_watch_folders_that_are_not_there_are_named() -> None:
    walks = Walks()
    walks.missing = {"Z", "Y"}
    assert "not there: Y, Z" in reporting(walks).progress().detail
    assert reporting(walks).progress().ok
    assert reporting(walks).progress().what_to_do.startswith("Create it")
    assert reporting().progress().what_to_do == ""


def test_it_is_not_well_if_no_folder_at_all_is_watched() -> None:
    walks = Walks()
    walks.tops, walks.missing = {}, {"UNDLM/EXPORT"}
    check = reporting(walks).progress()
    assert not check.ok
    assert check.detail.startswith("watching 0 folders, not there: UNDLM/EXPORT")
    assert check.what_to_do.startswith("Create it")


def test_it_is_well_before_the_first_look_for_the_folders() -> None:
    walks = Walks()
    walks.tops = {}
    assert reporting(walks).progress().ok


def test_a_doubted_volume_is_not_ready_unless_it_may_be_new() -> None:
    walks = Walks()
    report = reporting(walks)
    assert report.volume().ok
    walks.doubt = Doubt("it is gone", "Mount it.")
    assert not report.volume().ok
    walks.doubt = Doubt("it is empty", "Mount it.", is_alarming=False)
    assert report.volume().ok


def test_a_volume_that_hangs_is_not_ready() -> None:
    check = reporting(unanswered_s=75).volume()
    assert not check.ok
    assert "75 s" in check.detail


def test_a_missing_canary_has_a_line_of_its_own() -> None:
    walks = Walks()
    assert reporting(walks, canary="CANARY").canary().detail == "CANARY is there"
    walks.doubt = Doubt("CANARY, which must be there, is not", "Mount it.", is_of_canary=True)
    report = reporting(walks, canary="CANARY")
    assert (report.canary().ok, report.volume().ok) == (False, True)
    walks.doubt = Doubt("it cannot be read", "Mount it.")
    assert (report.canary().ok, report.volume().ok) == (True, False)


def test_a_canary_is_advised_for_a_mount_that_may_go_and_not_for_a_disk() -> None:
    looked = Looked()
    assert reporting(looked=looked).canary().what_to_do == ""
    looked.mount = FUSE
    check = reporting(looked=looked).canary()
    assert check.ok
    assert check.what_to_do.startswith("Set it")


def test_what_the_volume_is_is_told_and_never_red() -> None:
    looked = Looked()
    said = []
    for mount in (looked.mount, FUSE, Mount(90, "/mnt", "fuse.sshfs", "host:", True, True, 0), None):
        looked.mount = mount
        check = reporting(looked=looked).lucidlink()
        assert check.ok
        said.append(check.detail.partition(":")[0])
    assert said == [
        "not a LucidLink mount",
        "LucidLink (fuse.lucid) at /mnt, read-only, allow_other",
        "a FUSE mount that does not say whether it is LucidLink's",
        "not known",
    ]


def test_what_is_heard_of_lucidlink_besides_is_told_with_it_and_never_red() -> None:
    said = [Check(True, "LUCIDLINK_API is of no use", "See that it runs."), Check(True, ""), Check(True, "a trail")]
    check = reporting(hears=[partial(said.__getitem__, number) for number in range(3)]).lucidlink()
    assert check.ok
    assert check.detail.endswith("; LUCIDLINK_API is of no use; a trail")
    assert check.what_to_do == "See that it runs."
