"""Edge: the folder of what must not be forgotten: taken by one `make up` at a time, and readable by nobody else."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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


def made_password(folder: Path) -> str:
    """Of the broker: made once, and kept. Other users of this machine can reach its port. Raises OSError."""
    kept = folder / "nats-password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(f"p{secrets.token_hex(16)}")
    return kept.read_text().strip()
