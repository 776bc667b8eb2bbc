"""What this user may list and open, on a real disk."""

import json
import subprocess
from pathlib import Path

import pytest

from postflow import rights
from postflow.rights import Rights
from tests import unprivileged

ASK = """
import json, sys
from pathlib import Path
from postflow.rights import rights
found = rights(Path(sys.argv[1]), sys.argv[2:])
print(json.dumps([found.refused, found.opened]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "volume"
    for name in ("EXPORTS/SQ01/a.mov", "EXPORTS/SQ02/b.mov", "MASTERS/c.mov"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(b"film")
    return made


def asked(root: Path, *folders: str) -> Rights:
    """By a user to whom modes mean something."""
    command = unprivileged.python("-c", ASK, str(root), *folders)
    refused, opened = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)
    return Rights(tuple(refused), opened)


def close(*paths: Path) -> None:
    for path in paths:
        path.chmod(0)


def test_a_file_that_can_be_opened_is_enough(root: Path) -> None:
    assert asked(root, "EXPORTS", "MASTERS") == Rights(opened="EXPORTS/SQ01/a.mov")


def test_files_that_can_be_listed_and_not_opened_are_told(root: Path) -> None:
    close(root / "MASTERS/c.mov")
    assert asked(root, "EXPORTS", "MASTERS").refused == ("MASTERS/c.mov may not be opened: Permission denied",)


def test_a_folder_that_cannot_be_listed_is_told(root: Path) -> None:
    close(root / "MASTERS")
    try:
        assert asked(root, "MASTERS").refused == ("MASTERS may not be listed: Permission denied",)
    finally:
        (root / "MASTERS").chmod(0o755)


def test_one_closed_file_among_others_is_no_news(root: Path) -> None:
    close(root / "EXPORTS/SQ01/a.mov")
    assert asked(root, "EXPORTS") == Rights(opened="EXPORTS/SQ02/b.mov")


def test_a_closed_folder_further_down_is_no_news(root: Path) -> None:
    close(root / "EXPORTS/SQ01")
    try:
        assert asked(root, "EXPORTS") == Rights(opened="EXPORTS/SQ02/b.mov")
    finally:
        (root / "EXPORTS/SQ01").chmod(0o755)


def test_what_is_empty_or_not_there_says_nothing(root: Path) -> None:
    (root / "EMPTY").mkdir()
    (root / "EMPTY" / ".hidden").touch()
    assert rights.rights(root, ["EMPTY", "NOWHERE", "MASTERS/c.mov"]) == Rights()


def test_links_are_not_followed(root: Path) -> None:
    (root / "EMPTY").mkdir()
    (root / "EMPTY" / "a.mov").symlink_to(root / "MASTERS/c.mov")
    assert rights.rights(root, ["EMPTY"]) == Rights()


def test_only_so_many_places_are_looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "MOST_LISTED", 2)
    deep = root / "DEEP" / "1" / "2" / "3"
    deep.mkdir(parents=True)
    (deep / "a.mov").touch()
    assert rights.rights(root, ["DEEP"]) == Rights()
