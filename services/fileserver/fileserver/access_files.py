"""Edge: the files of the access log, `<day>-<number of its first line>.jsonl`.

Lines are only added. A new file begins each day (UTC) and at FILE_BYTES. A line that a crash left without its end was
never acknowledged: it is cut off at the next start.

Order of writes at the age of a file: the line that says where the log begins from now on, sync, then it is deleted.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path

from postflow.chain import BEGINNING, OLDEST, Link, read, sealed
from postflow.logs import get_logger
from postflow.verifying import first_number, holds, log_files

logger = get_logger(__name__)

FILE_BYTES = 64 * 1024 * 1024

_TAIL_BYTES = 64 * 1024

Fields = Mapping[str, object]


class AccessFiles:
    """One process has them open. Every call blocks as long as the disk does, and raises OSError.

    Attributes:
        last: the link of the last line.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime], *, keep_days: int) -> None:
        """
        Args:
            keep_days: files that are older are deleted; 0 keeps them all.
        """
        self._folder = folder
        self._now = now
        self._keep_days = keep_days
        self._lock: int | None = None
        self._file: int | None = None
        self._path: Path | None = None
        self._size_bytes = 0
        self._old: list[Path] = []
        self.last = BEGINNING

    def open(self) -> None:
        """Go on where the log ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._folder)
        for path in reversed(log_files(self._folder)):
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
            size = _without_torn_line(descriptor)
            entry = read(_last_line(descriptor, size))
            if entry is not None:
                self._file, self._path, self._size_bytes, self.last = descriptor, path, size, entry.link
                return
            os.close(descriptor)

    def append(self, entries: Sequence[Fields]) -> None:
        """All of them, synced, or none."""
        descriptor = self._descriptor()
        last, lines = self.last, bytearray()
        for fields in self._with_news(entries):
            line, last = sealed(fields, last)
            lines += line + b"\n"
        try:
            _write_all(descriptor, lines)
            os.fdatasync(descriptor)
        except OSError:
            self._give_up(descriptor)
            raise
        self._size_bytes += len(lines)
        self.last = last
        self._forget_old()

    def at(self) -> str:
        """The time, as lines say it."""
        return self._now().isoformat(timespec="milliseconds")

    def holds(self, link: Link) -> bool:
        return link == self.last or holds(self._folder, link)

    def close(self) -> None:
        for descriptor in (self._file, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._lock = None

    def _give_up(self, descriptor: int) -> None:
        """Nothing half stays in the file, and the next line opens one anew."""
        with suppress(OSError):
            os.ftruncate(descriptor, self._size_bytes)
        with suppress(OSError):
            os.close(descriptor)
        self._file = None

    def _descriptor(self) -> int:
        """Of the file that the next line belongs into."""
        day = self._now().strftime("%Y-%m-%d")
        is_of_today = self._path is not None and self._path.name.startswith(day)
        if self._file is not None and is_of_today and self._size_bytes < FILE_BYTES and self._is_in_place(self._file):
            return self._file
        path = self._folder / f"{day}-{self.last.number + 1:012}.jsonl"
        self._folder.mkdir(exist_ok=True)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        try:
            _sync_folder(self._folder)
        except OSError:
            os.close(opened)
            raise
        if self._file is not None:
            os.close(self._file)
        self._file, self._path, self._size_bytes = opened, path, os.fstat(opened).st_size
        self._old = self._too_old()
        return opened

    def _is_in_place(self, descriptor: int) -> bool:
        """Who deletes or moves the file must not take along what is written from then on."""
        try:
            found = self._path.lstat() if self._path else None
        except FileNotFoundError:
            found = None
        if found is not None and os.path.samestat(found, os.fstat(descriptor)):
            return True
        logger.error("the access log was taken away", action="access_log_changed", ends_at=self.last.number)
        return False

    def _too_old(self) -> list[Path]:
        """Only from the beginning: where a clock was set back, a later file is of an earlier day."""
        if not self._keep_days:
            return []
        oldest = (self._now() - timedelta(days=self._keep_days)).strftime("%Y-%m-%d")
        return list(takewhile(lambda path: path.name[:10] < oldest and path != self._path, log_files(self._folder)))

    def _with_news(self, entries: Sequence[Fields]) -> list[Fields]:
        """The first line of what is written says it, if older ones are about to be deleted."""
        if not self._old:
            return list(entries)
        kept = [first_number(path) for path in log_files(self._folder) if path not in self._old]
        return [{**entries[0], OLDEST: min(kept, default=self.last.number + 1)}, *entries[1:]]

    def _forget_old(self) -> None:
        while self._old:
            path = self._old.pop(0)
            with suppress(OSError):
                path.unlink()
                logger.info("deleted an old access log", action="access_log_deleted", file=path.name)


def _locked(folder: Path) -> int:
    """Raises OSError."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise OSError(0, "another fileserver writes its access log there") from None
    return descriptor


def _sync_folder(folder: Path) -> None:
    """A new file of it is there after a power cut, and not only what is in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # the file system has no such thing
            raise
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytearray) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _without_torn_line(descriptor: int) -> int:
    """The size, once nothing stands behind the last line's end."""
    size = whole = os.fstat(descriptor).st_size
    while whole > 0:
        start = max(0, whole - _TAIL_BYTES)
        end_in_tail = os.pread(descriptor, whole - start, start).rfind(b"\n") + 1
        whole = start + end_in_tail
        if end_in_tail:
            break
    if whole < size:
        os.ftruncate(descriptor, whole)
    return whole


def _last_line(descriptor: int, size: int) -> bytes:
    tail = os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    return tail.rstrip(b"\n").rpartition(b"\n")[2]
