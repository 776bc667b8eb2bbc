"""Edge: the demo's own folder: taken by one demo at a time, and emptied at the start."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

CHECKOUT = Path(__file__).resolve().parents[3]
RULES = CHECKOUT / "postflow.example.toml"

MARK = ".postflow-demo"
"""A file that says that the folder is a demo's, and may be emptied; whoever holds its lock has the folder."""


class NoPlace(Exception):
    """The folder cannot be used; the text is one line, with what to do."""


def folder() -> Path:
    return Path(os.environ.get("DEMO_FOLDER") or CHECKOUT / ".demo").absolute()


@contextmanager
def taken() -> Iterator[Path]:
    """The demo's folder, empty but for its mark, for as long as the block lasts. What was made stays until next time.

    Raises:
        NoPlace: it cannot be written to, is somebody else's, or another demo has it.
    """
    ours = folder()
    try:
        _refuse_others(ours)
        ours.mkdir(parents=True, exist_ok=True)
        with (ours / MARK).open("w") as mark:
            _lock(mark, ours)
            _empty(ours)
            yield ours
    except OSError as error:
        if error.filename is None or not Path(error.filename).is_relative_to(ours):
            raise
        raise NoPlace(f"cannot write to {ours} ({error.strerror}): set DEMO_FOLDER to a folder of yours") from error


def _refuse_others(there: Path) -> None:
    if there.is_dir() and not (there / MARK).exists() and any(there.iterdir()):
        raise NoPlace(f"{there} holds something that no demo made: set DEMO_FOLDER to an empty folder, or a new one")


def _lock(mark: TextIO, there: Path) -> None:
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise NoPlace(f"another demo runs in {there}: end it, or set DEMO_FOLDER to another folder") from None


def _empty(there: Path) -> None:
    for inside in there.iterdir():
        if inside.name == MARK:
            continue
        if inside.is_dir() and not inside.is_symlink():
            shutil.rmtree(inside)
        else:
            inside.unlink()
