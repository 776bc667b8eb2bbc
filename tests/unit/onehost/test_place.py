"""The demo empties its own folder, and nobody else's."""

from pathlib import Path

import pytest

from onehost.demo import place
from onehost.demo.place import NoPlace


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "demo"
    monkeypatch.setenv("DEMO_FOLDER", str(folder))
    return folder


def _leave_something(folder: Path) -> None:
    (folder / "volume" / "SQ01").mkdir(parents=True)
    (folder / "volume" / "SQ01" / "a.mov").write_bytes(b"movie")
    (folder / "link").symlink_to(folder)


def test_is_empty_at_the_start_and_kept_at_the_end(folder: Path) -> None:
    with place.taken() as taken:
        _leave_something(taken)
    assert (folder / "volume" / "SQ01" / "a.mov").exists()
    with place.taken():
        assert [inside.name for inside in folder.iterdir()] == [place.MARK]


def test_never_empties_a_folder_that_no_demo_made(folder: Path) -> None:
    _leave_something(folder)
    with pytest.raises(NoPlace, match="holds something that no demo made: set DEMO_FOLDER"), place.taken():
        pass
    assert (folder / "volume" / "SQ01" / "a.mov").exists()


def test_takes_no_folder_in_which_another_demo_runs(folder: Path) -> None:
    with (
        place.taken(),
        pytest.raises(NoPlace, match=r"another demo runs in .*: end it, or set DEMO_FOLDER"),
        place.taken(),
    ):
        pass


def test_says_in_one_line_that_it_cannot_write_there(folder: Path) -> None:
    folder.write_text("a file in the place of the folder")
    with pytest.raises(NoPlace, match=r"cannot write to .*set DEMO_FOLDER") as caught, place.taken():
        pass
    assert "\n" not in str(caught.value)
