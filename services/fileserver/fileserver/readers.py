"""Edge: the threads that read files for all streams, and how much they may hold for each."""

import errno
import os
import select
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import count as counted
from typing import Any, TypeVar

from fileserver import pace
from fileserver.unanswered import MOST_LEFT, Unanswered
from postflow.threads import Pool

CHUNK_BYTES = 1 << 20

MOST_CHUNKS = 96
"""Of all streams together; but each may have its fewest, so that 64 of them have 128."""

THREADS = 160
"""More than there are chunks: reads that hang, of whatever file, leave threads for the others."""

MOMENT_S = 0.5

_NOT_LENDABLE = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """Attributes:
    chunk: fewer bytes than asked for mean that the file has ended.
    took_s: what the mount took, without waiting for a thread.
    """

    chunk: bytes
    took_s: float


@dataclass(slots=True)
class Lent:
    """Written by a thread while it lends.

    Attributes:
        count: bytes that the kernel took from the file straight to the client, so far.
        took_s: what that took, without waiting for the client.
        has_ended: the file, where there should be more of it.
    """

    count: int = 0
    took_s: float = 0.0
    has_ended: bool = False


class ClientGone(Exception):
    pass


class NotLendable(Exception):
    """The file system cannot do it."""


class Readers:
    """All methods but what the threads run belong to the event loop.

    Attributes:
        scratch: for what is done with before the event loop goes on.
        left_behind: of each file: reads that nobody waits for any more, and closes.
    """

    def __init__(self) -> None:
        self.scratch = memoryview(bytearray(CHUNK_BYTES))
        self.left_behind = Unanswered(MOST_LEFT)
        self._pool = Pool(THREADS, "reader")
        self._streams = 0
        self._abandoned: set[Future[Read]] = set()

    def joined(self) -> None:
        self._streams += 1

    def left(self, unfinished: "Iterable[Future[Read]]") -> None:
        self._streams -= 1
        self.abandon(unfinished)

    def abandon(self, unfinished: "Iterable[Future[Read]]") -> None:
        """What nobody has begun is not read any more; what was begun cannot be stopped, and counts until it ends."""
        for reading in unfinished:
            if not reading.cancel():
                self._abandoned.add(reading)
                reading.add_done_callback(self._abandoned.discard)

    def share(self) -> int:
        """How many chunks each stream may hold. What hangs and nobody waits for is still held."""
        fair = (MOST_CHUNKS - len(self._abandoned)) // max(self._streams, 1)
        return min(max(fair, pace.FEWEST), pace.MOST)

    def begin(self, work: Callable[[], T]) -> "Future[T]":
        return self._pool.submit(work)

    def close_aside(self, path: str, close: Callable[[], None]) -> None:
        """Close a file, from any thread: a mount may take its time over that, too."""
        try:
            closing = self.begin(close)
        except RuntimeError:  # nothing is begun any more
            close()
        else:
            self.left_behind.add_soon(path, [closing])

    def close(self) -> None:
        self._pool.close()


def ask_for_more_at_once(descriptor: int) -> None:
    """The kernel asks a mount for twice as much at a time, if it believes that a file is read from front to back."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)


def read(descriptor: int, offset: int, length: int) -> Read:
    """A mount may give less than it was asked for in the middle of a file: only nothing means that it has ended."""
    began, pieces = time.monotonic(), []
    while length > 0 and (piece := os.pread(descriptor, length, offset)):
        pieces.append(piece)
        offset, length = offset + len(piece), length - len(piece)
    return Read(b"".join(pieces), time.monotonic() - began)


def read_cached(descriptor: int, offset: int, scratch: memoryview) -> Read | None:
    """Read without ever waiting for anybody: None if not all of it is in memory, or the kernel cannot tell.

    Args:
        scratch: as long as what is wanted. Memory that was used before is several times as quick as fresh memory.
    """
    if sys.platform != "linux":
        return None
    began = time.monotonic()
    try:
        count = os.preadv(descriptor, [scratch], offset, os.RWF_NOWAIT)
    except OSError:
        return None
    return Read(bytes(scratch), time.monotonic() - began) if count == len(scratch) else None


def lend(outlet: int, descriptor: int, offset: int, length: int, lent: Lent) -> None:
    """Have the kernel take bytes from a file straight to a client, for a moment.

    A thread that stays for the moment costs less than one that is woken whenever the client has taken something. The
    kernel is asked for a chunk at a time: it does not come back as long as the client keeps up, however slow the mount.

    Args:
        outlet: the descriptor of a non-blocking socket.

    Raises:
        ClientGone, NotLendable, OSError: nothing was taken.
    """
    until, room = time.monotonic() + MOMENT_S, select.poll()
    room.register(outlet, select.POLLOUT)
    while lent.count < length:
        began = time.monotonic()
        try:
            more = os.sendfile(outlet, descriptor, offset + lent.count, min(length - lent.count, CHUNK_BYTES))
        except BlockingIOError:
            room.poll(max(until - began, 0) * 1000)
        except OSError as error:
            if lent.count == 0:
                raise _translated(error) from error
            return
        else:
            lent.took_s += time.monotonic() - began
            lent.count += more
            lent.has_ended = more == 0
        if lent.has_ended or time.monotonic() >= until:
            return


def _translated(error: OSError) -> Exception:
    if isinstance(error, ConnectionError):
        return ClientGone()
    return NotLendable() if error.errno in _NOT_LENDABLE else error


def when_ended(under_way: "list[Future[Any]]", then: Callable[[], None]) -> None:
    """Do something once, when the last of these has ended; at once if there are none."""
    to_come = counted(len(under_way) - 1, -1)

    def ended(_: "Future[Any]") -> None:
        if next(to_come) == 0:
            then()

    for each in under_way:
        each.add_done_callback(ended)
    if not under_way:
        then()
