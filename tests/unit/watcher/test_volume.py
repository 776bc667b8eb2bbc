"""The mounted filespace, on a real disk."""

import errno
import os
from pathlib import Path

import pytest

from tests.unit.watcher.fakes import FakeGuard
from watcher.guard.shown import Doubt
from watcher.selection import Kind
from watcher.volume import Unanswered, Volume


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "volume"
    (made / "EXPORTS" / "SQ01").mkdir(parents=True)
    (made / "EXPORTS" / "a.mov").write_bytes(b"film")
    return made


@pytest.fixture
def guard() -> FakeGuard:
    return FakeGuard()


@pytest.fixture
def volume(root: Path, guard: FakeGuard) -> Volume:
    return Volume(root, guard)


def failing(number: int) -> object:
    def fail(*_: object, **__: object) -> object:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_folder_is_listed_by_kind(root: Path, volume: Volume) -> None:
    (root / "EXPORTS" / "link.mov").symlink_to("a.mov")
    (root / "EXPORTS" / "loop").symlink_to(".")
    os.mkfifo(root / "EXPORTS" / "pipe")
    (root / "EXPORTS" / os.fsdecode(b"na\xefve.mov")).touch()
    listing = volume.list("EXPORTS")
    assert listing is not None
    assert set(listing.files) == {"a.mov", "na\udcefve.mov"}
    assert listing.folders == ("SQ01",)
    assert set(listing.others) == {("link.mov", Kind.LINK), ("loop", Kind.LINK), ("pipe", Kind.OTHER)}


def test_a_look_shows_size_date_and_inode_and_follows_no_link(root: Path, volume: Volume) -> None:
    (root / "link.mov").symlink_to("EXPORTS/a.mov")
    sight = volume.look("EXPORTS/a.mov")
    assert sight is not None
    seen = (root / "EXPORTS" / "a.mov").stat()
    assert (sight.look.size_bytes, sight.look.mtime_ns, sight.look.inode) == (4, seen.st_mtime_ns, seen.st_ino)
    link = volume.look("link.mov")
    assert link is not None
    assert link.kind is Kind.LINK


def test_the_newest_of_its_dates_is_that_of_a_rename_into_place(root: Path, volume: Volume) -> None:
    old = root / "EXPORTS" / "old.mov"
    old.write_bytes(b"film")
    os.utime(old, ns=(1, 1))
    sight = volume.look("EXPORTS/old.mov")
    assert sight is not None
    assert sight.look.mtime_ns == 1
    assert sight.newest_ns == old.stat().st_ctime_ns


def test_what_is_not_there_is_no_error(volume: Volume) -> None:
    assert volume.look("EXPORTS/b.mov") is None
    assert volume.look("EXPORTS/a.mov/b.mov") is None
    assert volume.list("NOWHERE") is None


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ENOTCONN, errno.ESTALE])
def test_an_error_says_nothing_of_what_is_there(volume: Volume, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "lstat", failing(number))
    monkeypatch.setattr(os, "scandir", failing(number))
    with pytest.raises(Unanswered):
        volume.look("EXPORTS/a.mov")
    with pytest.raises(Unanswered):
        volume.list("EXPORTS")
    assert not volume.is_gone("EXPORTS/b.mov")


def test_a_path_that_is_too_long_gives_no_answer(volume: Volume) -> None:
    with pytest.raises(Unanswered, match="too long"):
        volume.list("EXPORTS/" + "/".join(["x" * 200] * 30))


def test_a_missing_file_is_gone_only_if_the_volume_is_sure(volume: Volume, guard: FakeGuard) -> None:
    assert volume.is_gone("EXPORTS/b.mov")
    assert volume.is_gone("NOWHERE/SQ01/b.mov")
    assert not volume.is_gone("EXPORTS/a.mov")
    guard.doubted = Doubt("it is another one", "Mount the right one.")
    assert not volume.is_gone("EXPORTS/b.mov")


def test_an_empty_volume_is_no_answer(root: Path, volume: Volume) -> None:
    root.rename(root.with_name("elsewhere"))
    root.mkdir()
    with pytest.raises(Unanswered, match="empty"):
        volume.list("")


@pytest.mark.parametrize("written", ["EXPORTS/SQ01", "exports/sq01", "Exports/SQ01"])
def test_a_watch_folder_is_found_however_the_rules_spell_it(volume: Volume, written: str) -> None:
    assert volume.spelling(written) == "EXPORTS/SQ01"


def test_a_watch_folder_is_found_in_either_unicode_form(root: Path, volume: Volume) -> None:
    (root / "E\u0301PISODE").mkdir()
    assert volume.spelling("ÉPISODE") == "E\u0301PISODE"


def test_the_whole_filespace_and_what_is_not_there(volume: Volume) -> None:
    assert volume.spelling(".") == ""
    assert volume.spelling("EXPORTS/SQ02") is None
    assert volume.spelling("EXPORTS/a.mov") is None


def test_absolute_paths_are_taken_apart(root: Path, volume: Volume) -> None:
    assert volume.inside(f"{root}/EXPORTS/a.mov") == "EXPORTS/a.mov"
    assert volume.inside(f"{root}2/a.mov") is None
    assert volume.outside("EXPORTS") == root / "EXPORTS"
