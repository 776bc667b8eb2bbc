"""A look into a file, on real files, in this process."""

import io
import json
import os
from pathlib import Path

import pytest

from tests.unit.watcher.completeness.made import FTYP, MDAT, MOOV
from watcher.apart.child import serve
from watcher.contents import reading
from watcher.contents.finding import Finding, Outcome
from watcher.contents.reading import ENDS_BYTES, look_into

FILM = "EXPORTS/a.mov"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "volume"
    (made / "EXPORTS").mkdir(parents=True)
    return made


def look(root: Path, path: str = FILM, *, grown: int = 0, later_ns: int = 0) -> Finding:
    """As it would be asked for; with a size or a date that it has no more."""
    seen = (root / path).stat()
    return look_into(str(root), path, seen.st_size + grown, seen.st_mtime_ns + later_ns, lambda: None)


@pytest.mark.parametrize(
    ("content", "outcome", "seen"),
    [
        pytest.param(FTYP + MDAT + MOOV, Outcome.CLOSED, "its boxes end where it ends", id="complete"),
        pytest.param(FTYP + MDAT, Outcome.OPEN, "its index (moov) is missing", id="open"),
        pytest.param(b"film", Outcome.CLOSED, "not those of a QuickTime or MP4 file", id="unknown"),
        pytest.param(bytes([7]) * 3 * ENDS_BYTES, Outcome.CLOSED, "not those of", id="unknown-and-large"),
    ],
)
def test_only_what_is_seen_to_be_open_does_not_pass(root: Path, content: bytes, outcome: Outcome, seen: str) -> None:
    (root / FILM).write_bytes(content)
    finding = look(root)
    assert (finding.outcome, finding.passes) == (outcome, outcome is Outcome.CLOSED)
    assert seen in finding.seen


def test_both_ends_are_read_and_hardly_more(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / FILM).write_bytes(FTYP + MDAT + MOOV[:4] + bytes(5 * ENDS_BYTES))
    reads: list[tuple[int, int]] = []
    really_read = os.pread

    def counted(descriptor: int, length: int, offset: int) -> bytes:
        reads.append((offset, length))
        return really_read(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", counted)
    size = (root / FILM).stat().st_size
    assert look(root).outcome is Outcome.OPEN
    assert reads[:2] == [(0, ENDS_BYTES), (size - ENDS_BYTES, ENDS_BYTES)]
    assert sum(length for _, length in reads[2:]) < 100


def test_a_revision_that_is_not_there_any_more_is_not_judged(root: Path) -> None:
    (root / FILM).write_bytes(FTYP + MDAT)
    assert look(root, grown=1).outcome is Outcome.CHANGED
    assert look(root, later_ns=1).outcome is Outcome.CHANGED
    gone = [look_into(str(root), path, 1, 1, lambda: None) for path in ("EXPORTS/b.mov", "NONE/a.mov", f"{FILM}/a.mov")]
    assert {finding.outcome for finding in gone} == {Outcome.CHANGED}


def test_no_link_leads_to_what_is_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_bytes(b"not for you")
    (root / FILM).symlink_to(tmp_path / "a.mov")
    assert look(root).outcome is Outcome.UNREADABLE
    (root / "LINK").symlink_to(tmp_path)
    assert not look(root, "LINK/a.mov").passes
    with pytest.MonkeyPatch.context() as nobody_looks_inside:
        nobody_looks_inside.setattr(reading, "_judged", None)
        look(root, "LINK/a.mov")


def test_a_pipe_in_its_place_makes_nobody_wait(root: Path) -> None:
    os.mkfifo(root / FILM)
    assert look(root).outcome is Outcome.CHANGED


@pytest.mark.parametrize("errno", [5, 107, 116])
def test_an_error_of_the_mount_is_no_verdict_on_the_file(
    root: Path, monkeypatch: pytest.MonkeyPatch, errno: int
) -> None:
    (root / FILM).write_bytes(FTYP + MDAT)

    def fail(*_: int) -> bytes:
        raise OSError(errno, "whatever")

    monkeypatch.setattr(os, "pread", fail)
    finding = look(root)
    assert (finding.outcome, finding.seen) == (Outcome.UNREADABLE, os.strerror(errno))
    assert finding.why.startswith("it cannot be read yet: ")


def test_a_file_that_gives_less_than_it_has_cannot_be_read_yet(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / FILM).write_bytes(FTYP + MDAT)
    monkeypatch.setattr(os, "pread", lambda *_: b"")
    assert look(root).seen == "less of it is there than its size says"


def test_a_mount_may_give_a_file_in_small_pieces(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / FILM).write_bytes(FTYP + MDAT + MOOV)
    really_read = os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, length, offset: really_read(descriptor, min(length, 3), offset))
    assert look(root).passes


def test_a_defect_of_the_check_holds_nothing_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / FILM).write_bytes(FTYP + MDAT)
    monkeypatch.setattr(reading, "formats", None)
    seen = (root / FILM).stat()
    answers = io.BytesIO()
    question = json.dumps(["contents", FILM, seen.st_size, seen.st_mtime_ns]).encode() + b"\n"
    serve(str(root), io.BytesIO(question), answers)
    *alive, answer, rest = answers.getvalue().split(b"\n")
    assert (set(alive), rest) == ({b"."}, b"")
    outcome, said = json.loads(answer)
    finding = Finding(Outcome(outcome), said)
    assert (finding.outcome, finding.passes) == (Outcome.BROKEN, True)
    assert "AttributeError" in said
