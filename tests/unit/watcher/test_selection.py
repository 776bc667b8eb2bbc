"""Which paths count, and why the others do not."""

import os

import pytest

from tests.unit.watcher.examples import rules
from watcher.selection import Kind, Selection, shown

SELECTION = Selection(rules)
ODD = os.fsdecode(b"EXPORTS/na\xefve.mov")


@pytest.mark.parametrize(
    "path",
    [
        "EXPORTS/a.mov",
        "EXPORTS/SQ01/UNDLM_00003/a.MOV",
        "exports/a.mov",
        "EXPORTS/é.mov",
        "EXPORTS/e\u0301.mov",
        "EXPORTS/two\nlines.mov",
        "EXPORTS/tmp_comp.mov",
        "EXPORTS/Previews/a.mov",
        "EXPORTS/older/a.mov",
        "MASTERS/a.mov",
    ],
)
def test_it_counts(path: str) -> None:
    assert SELECTION.why_not_file(path) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("EXPORTS/.a.mov", "hidden", id="hidden"),
        pytest.param("EXPORTS/._a.mov", "hidden", id="apple-double"),
        pytest.param("EXPORTS/.nfs0001.mov", "hidden", id="nfs"),
        pytest.param("EXPORTS/.a.mov.Xy12ab", "hidden", id="rsync"),
        pytest.param("EXPORTS/Icon\r", "keeps it for itself", id="mac-icon"),
        pytest.param("EXPORTS/Thumbs.db", "keeps it for itself", id="windows-thumbs"),
        pytest.param("EXPORTS/~$a.mov", "keeps it for itself", id="office"),
        pytest.param("EXPORTS/a.mov~", "keeps it for itself", id="emacs"),
        pytest.param("EXPORTS/a.mov.sb-1a2b3c4d-XyZw12", "keeps it for itself", id="safe-save"),
        pytest.param("EXPORTS/a.mov.part", "being transferred", id="part"),
        pytest.param("EXPORTS/a.MOV.PARTIAL", "being transferred", id="any-case"),
        pytest.param("EXPORTS/a.mov.aspx", "being transferred", id="aspera"),
        pytest.param("EXPORTS/a.mov.filepart", "being transferred", id="winscp"),
        pytest.param("EXPORTS/a.mov.!sync", "being transferred", id="resilio"),
        pytest.param("EXPORTS/a.mov.lck", "being transferred", id="lock"),
        pytest.param("EXPORTS/a_tmp.mov", "renderer", id="renderer"),
        pytest.param("EXPORTS/a.nk~", "keeps it for itself", id="nuke-backup"),
        pytest.param("EXPORTS/a.exr", "included by none", id="not-included"),
        pytest.param("EXPORTS/drafts/a.mov", "excluded by **/drafts/**", id="excluded"),
        pytest.param("ELSEWHERE/a.mov", "outside every watch folder", id="outside"),
        pytest.param("EXPORTS", "outside every watch folder", id="the-watch-folder-itself"),
        pytest.param("EXPORTS/_old/a.mov", "put away", id="put-away"),
        pytest.param("EXPORTS/Backup/x/a.mov", "put away", id="deep-in-a-backup"),
        pytest.param("EXPORTS/.hidden/a.mov", "hidden", id="in-a-hidden-folder"),
        pytest.param("EXPORTS/@eaDir/a.mov", "NAS", id="nas"),
        pytest.param("EXPORTS/Adobe Premiere Pro Video Previews/a.mov", "caches", id="premiere"),
    ],
)
def test_it_does_not_count_and_nobody_wonders(path: str, reason: str) -> None:
    ignored = SELECTION.why_not_file(path)
    assert ignored is not None
    assert reason in ignored.reason
    assert not ignored.is_surprising


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        pytest.param(ODD, Kind.FILE, "not UTF-8", id="not-utf-8"),
        pytest.param(os.fsdecode(b"EXPORTS/\xff/a.mov"), Kind.FILE, "not UTF-8", id="in-a-folder-not-utf-8"),
        pytest.param("EXPORTS/a.mov", Kind.LINK, "symbolic link", id="link"),
        pytest.param("EXPORTS/a.mov", Kind.OTHER, "neither a file nor a folder", id="pipe"),
        pytest.param("EXPORTS/a_conflicted.mov", Kind.FILE, "two machines", id="conflicted"),
        pytest.param("EXPORTS/x_conflicted/a.mov", Kind.FILE, "two machines", id="in-a-conflicted-folder"),
    ],
)
def test_it_does_not_count_and_somebody_may_expect_it_to(path: str, kind: Kind, reason: str) -> None:
    ignored = SELECTION.why_not_file(path, kind)
    assert ignored is not None
    assert reason in ignored.reason
    assert ignored.is_surprising


def test_what_no_rule_takes_surprises_nobody_whatever_it_is() -> None:
    ignored = SELECTION.why_not_file("EXPORTS/latest", Kind.LINK)
    assert ignored is not None
    assert not ignored.is_surprising


def test_a_file_without_content_does_not_count_yet() -> None:
    ignored = SELECTION.why_not_file("EXPORTS/a.mov", size_bytes=0)
    assert ignored is not None
    assert "no content" in ignored.reason
    assert SELECTION.why_not_file("EXPORTS/a.mov", size_bytes=1) is None


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("SQ01", True),
        ("Previews", True),
        (".git", False),
        ("trash", False),
        ("lost+found", False),
        ("a_conflicted", False),
    ],
)
def test_a_folder_is_looked_into_or_not(name: str, counts: bool) -> None:
    assert (SELECTION.why_not_folder(name) is None) is counts


def test_a_name_that_is_not_utf_8_can_be_shown() -> None:
    assert shown(ODD) == "EXPORTS/na\\udcefve.mov"
    shown(ODD).encode()
