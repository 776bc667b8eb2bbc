"""Whether the volume is believed, on a real disk and by what is told of a mount."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from postflow.errors import RetryableError
from postflow.mount_identity import Identity
from tests.unit.watcher.fakes import FakeClock
from watcher.database import Database
from watcher.guard import showing
from watcher.guard.guard import REST_S, Guard
from watcher.guard.remembered import Remembered
from watcher.guard.shown import Doubt

LUCID = Identity("fuse.lucid", "film.studio")
DISK = Identity("ext4", "/dev/sda1")


class Site:
    """A guard over a real folder, of which a test says what is mounted there."""

    def __init__(self, root: Path, database: Database, canary: str | None = None) -> None:
        self.root = root
        self.identity: Identity | None = LUCID
        self.clock = FakeClock()
        self.asked = 0
        self.is_silent = False
        self._database = database
        self._canary = canary
        self.guard: Guard
        self.start()

    def start(self) -> None:
        """A watcher, or another one after it."""
        self.guard = Guard(str(self.root), self._canary, self, Remembered(self._database), self.clock)

    def ask(self, kind: str, *arguments: object) -> showing.Written:
        assert (kind, arguments) == ("guard", (self._canary,))
        self.asked += 1
        if self.is_silent:
            raise RetryableError("no answer within 20 s")
        errno, is_empty, has_canary, _ = showing.answer(str(self.root), lambda: None, self._canary)
        return errno, is_empty, has_canary, (self.identity.kind, self.identity.source) if self.identity else None

    def end(self) -> None: ...

    def watch(self) -> None:
        """What we watch is found on it."""
        assert self.guard.doubt() is None
        self.guard.remember()

    def why(self) -> str:
        doubt = self.guard.doubt()
        return doubt.why if doubt else ""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "volume"
    (made / "EXPORTS").mkdir(parents=True)
    return made


@pytest.fixture
def site(root: Path, database: Database) -> Site:
    return Site(root, database)


@contextmanager
def taken_away(root: Path) -> Iterator[None]:
    root.rename(root.with_name("elsewhere"))
    yield
    root.with_name("elsewhere").rename(root)


def doubt(site: Site) -> Doubt:
    found = site.guard.doubt()
    assert found is not None
    return found


def test_a_volume_that_lost_its_mount_is_doubted_until_it_is_back(site: Site, root: Path) -> None:
    assert site.guard.doubt() is None
    with taken_away(root):
        assert doubt(site).is_alarming
        assert str(os.getuid()) in doubt(site).what_to_do
        root.mkdir()
        assert doubt(site).is_alarming
        assert "empty" in doubt(site).why
        root.rmdir()
    assert site.guard.doubt() is None


def test_an_empty_volume_that_never_held_anything_alarms_nobody(tmp_path: Path, database: Database) -> None:
    (tmp_path / "new").mkdir()
    assert not doubt(Site(tmp_path / "new", database)).is_alarming


def test_an_empty_volume_that_should_hold_a_canary_is_not_taken_for_a_new_one(
    tmp_path: Path, database: Database
) -> None:
    (tmp_path / "new").mkdir()
    found = doubt(Site(tmp_path / "new", database, canary="THERE"))
    assert (found.is_alarming, found.is_of_canary) == (True, False)


def test_an_empty_volume_that_was_watched_before_a_restart_is_not_taken_for_a_new_one(site: Site, root: Path) -> None:
    site.watch()
    site.start()
    (root / "EXPORTS").rmdir()
    assert doubt(site).is_alarming


def test_a_volume_without_its_canary_is_doubted(root: Path, database: Database) -> None:
    (root / "THERE").touch()
    site = Site(root, database, canary="THERE")
    assert site.guard.doubt() is None
    (root / "THERE").unlink()
    assert "THERE" in doubt(site).why
    assert doubt(site).is_of_canary


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(LUCID, DISK, id="unmounted"),
        pytest.param(LUCID, Identity("fuse.lucid", "other.studio"), id="another-filespace"),
        pytest.param(LUCID, Identity("fuse.sshfs", "film.studio"), id="another-kind"),
        pytest.param(DISK, LUCID, id="mounted-over-a-disk"),
        pytest.param(Identity("nfs4", "nas:/films"), Identity("nfs4", "nas:/other"), id="another-export"),
        pytest.param(Identity("cifs", "//nas/films"), Identity("cifs", "//nas/other"), id="another-share"),
    ],
)
def test_another_volume_in_its_place_is_not_believed(
    site: Site, before: Identity, now: Identity, is_restarted: bool
) -> None:
    site.identity = before
    site.watch()
    site.identity = now
    if is_restarted:
        site.start()
    found = doubt(site)
    assert found.is_alarming
    assert str(before) in found.why
    assert str(now) in found.why
    assert "postflow resume --volume" in found.what_to_do
    site.identity = before
    assert site.guard.doubt() is None


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(DISK, Identity("ext4", "/dev/sdb1"), id="a-disk-under-another-device"),
        pytest.param(Identity("overlay", "overlay"), Identity("overlay", "none"), id="a-source-that-says-nothing"),
        pytest.param(LUCID, None, id="nobody-can-tell"),
    ],
)
def test_the_same_volume_under_another_device_is_believed(site: Site, before: Identity, now: Identity | None) -> None:
    site.identity = before
    site.watch()
    site.identity = now
    assert site.guard.doubt() is None


def test_what_it_is_does_not_count_before_anything_to_be_watched_was_found_on_it(site: Site) -> None:
    site.identity = DISK
    assert site.guard.doubt() is None
    site.identity = LUCID
    site.watch()
    site.start()
    assert site.guard.doubt() is None


def test_where_nobody_can_tell_what_is_mounted_nothing_is_remembered(site: Site) -> None:
    site.identity = None
    site.watch()
    site.identity = LUCID
    assert site.guard.doubt() is None
    assert site.guard.accept() == (None, str(LUCID))


def test_a_person_says_that_it_is_the_right_one_now(site: Site) -> None:
    site.watch()
    site.identity = Identity("fuse.lucid3", "film.studio")
    assert site.guard.doubt() is not None
    assert site.guard.accept() == ("fuse.lucid (film.studio)", "fuse.lucid3 (film.studio)")
    assert site.guard.doubt() is None
    site.start()
    assert site.guard.doubt() is None


def test_nobody_can_say_so_of_a_volume_that_shows_nothing(site: Site, root: Path) -> None:
    site.watch()
    site.identity = DISK
    (root / "EXPORTS").rmdir()
    with pytest.raises(RetryableError, match="is empty"):
        site.guard.accept()
    root.rmdir()
    with pytest.raises(RetryableError, match="No such file"):
        site.guard.accept()
    root.mkdir()
    (root / "EXPORTS").mkdir()
    assert "another volume" in site.why()


def test_a_volume_that_gives_no_answer_is_doubted_and_not_asked_again_at_once(site: Site) -> None:
    site.is_silent = True
    for _ in range(3):
        assert "no answer within 20 s" in doubt(site).why
    assert site.asked == 1
    site.clock.passed_s = REST_S
    assert site.guard.doubt() is not None
    assert site.asked == 2
    site.is_silent = False
    site.clock.passed_s += REST_S
    assert site.guard.doubt() is None
