"""Edge: look into a file: can it be read at both ends, and is its container closed? Asked in a process apart."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from watcher.completeness import formats
from watcher.completeness.verdict import Closedness
from watcher.contents.finding import Finding, Outcome

ENDS_BYTES = 64 * 1024
"""Of a file's beginning and of its end: what was not uploaded yet from another machine cannot be read."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK: a pipe in the file's place must not make us wait for somebody to write into it."""


class _File:
    """A reader over a descriptor.

    Args:
        alive: called after each read.
    """

    def __init__(self, descriptor: int, size_bytes: int, alive: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._alive = alive
        self.size_bytes = size_bytes

    def read(self, offset: int, length: int) -> bytes:
        """A mount may give less than it was asked for in the middle of a file: only nothing means that it has ended."""
        pieces = []
        while length > 0 and (piece := os.pread(self._descriptor, length, offset)):
            self._alive()
            pieces.append(piece)
            offset, length = offset + len(piece), length - len(piece)
        return b"".join(pieces)


def look_into(root: str, path: str, size_bytes: int, mtime_ns: int, alive: Callable[[], None]) -> Finding:
    """Whether this revision can be read at both ends, and is closed."""
    try:
        with _opened(root, path) as descriptor:
            alive()
            seen = os.fstat(descriptor)
            if not stat.S_ISREG(seen.st_mode) or (seen.st_size, seen.st_mtime_ns) != (size_bytes, mtime_ns):
                return Finding(Outcome.CHANGED, "another size, date or kind")
            return _judged(path, _File(descriptor, size_bytes, alive))
    except (FileNotFoundError, NotADirectoryError):
        return Finding(Outcome.CHANGED, "it was not there")
    except OSError as error:
        return Finding(Outcome.UNREADABLE, os.strerror(error.errno) if error.errno else type(error).__name__)


def _judged(path: str, file: _File) -> Finding:
    length = min(ENDS_BYTES, file.size_bytes)
    for offset in (0, file.size_bytes - length):
        if len(file.read(offset, length)) < length:
            return Finding(Outcome.UNREADABLE, "less of it is there than its size says")
    verdict = formats.judge(path, file)
    is_open = verdict.closedness is Closedness.OPEN
    return Finding(Outcome.OPEN if is_open else Outcome.CLOSED, verdict.seen)


@contextmanager
def _opened(root: str, path: str) -> Iterator[int]:
    """Folder by folder, so that no link leads out of the root."""
    *folders, name = path.split("/")
    held = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            inner = os.open(folder, _FOLDER, dir_fd=held)
            os.close(held)
            held = inner
        descriptor = os.open(name, _FILE, dir_fd=held)
    finally:
        os.close(held)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def answer(root: str, alive: Callable[[], None], path: str, size_bytes: int, mtime_ns: int) -> tuple[str, str]:
    """A finding, as it is written down."""
    try:
        finding = look_into(root, path, size_bytes, mtime_ns, alive)
    except Exception as error:
        finding = Finding(Outcome.BROKEN, repr(error))
    return finding.outcome, finding.seen
