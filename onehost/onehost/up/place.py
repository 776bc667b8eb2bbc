"""Edge: the folder of what must not be forgotten: taken by one `make up` at a time, and readable by nobody else."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "nats-password"


class NoPlace(Exception):
    """The folder cannot be used; the text is one line, with what to do."""


@contextmanager
def taken(folder: Path) -> Iterator[None]:
    """Hold the folder, made if it is not there, until the block ends. Raises NoPlace."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = (folder / ".lock").open("w")
    except OSError as error:
        raise NoPlace(
            f"DATA_FOLDER: cannot write to {folder} ({error.strerror}); set it to a folder of yours"
        ) from error
    with mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoPlace(f"DATA_FOLDER: another PostFlow runs in {folder}; end it, or set another folder") from None
        yield


def kept_password(folder: Path) -> str:
    """Of the broker; empty if none was made yet. Raises OSError."""
    try:
        return (folder / PASSWORD).read_text().strip()
    except FileNotFoundError:
        return ""


def made_password(folder: Path) -> str:
    """Made once, and kept. Other users of this machine can reach the broker's port. Raises OSError."""
    if kept := kept_password(folder):
        return kept
    made = f"p{secrets.token_hex(16)}"
    beside = folder / f"{PASSWORD}.new"
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    with beside.open("w") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / PASSWORD)  # whole or not at all: a full disk must not leave an empty one
    return made
