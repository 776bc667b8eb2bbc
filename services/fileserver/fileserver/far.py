"""Edge: read a file through the page cache until it turns out to be far away, then past it, in large questions.

Through the page cache Linux asks a FUSE mount for 128 or 256 KiB at a time. Past it (O_DIRECT) one read is one
question, of as much as the daemon takes: a mebibyte with libfuse 3. As most daemons are asked for no more than twelve
things at a time, whatever their size, that is four to eight times as many bytes.

Source: Linux, fs/fuse/file.c (fuse_direct_io) and fs/fuse/inode.c (FUSE_DEFAULT_MAX_BACKGROUND); measured on 6.18.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from fileserver import pace
from fileserver.readers import Read, read

_FUSE_SUPER_MAGIC = 0x65735546
_STATFS_BYTES = 256
"""More than `struct statfs` has anywhere; it begins with the type, a long."""


class Descriptors:
    """How the bytes of one open file are had. Reads in threads, several at a time.

    Args:
        descriptor: belongs to this from now on.
        past_cache: a second descriptor of the same file, of which reads pass the page cache by; None where that cannot
            be, or is of no use.
    """

    def __init__(self, descriptor: int, past_cache: Callable[[int], int | None] | None = None) -> None:
        self.near = descriptor
        self._past_cache = past_cache or reopened_past_cache
        self._far: int | None = None
        self._was_tried, self._is_refused = False, False
        self._lock = threading.Lock()

    def read(self, offset: int, length: int) -> Read:
        """Raises OSError."""
        if self._far is not None and not self._is_refused:
            try:
                return _read_past_cache(self._far, offset, length)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self._is_refused = True
        got = read(self.near, offset, length)
        if pace.is_slow(len(got.chunk), got.took_s):
            self._try_past_cache()
        return got

    def close(self) -> None:
        """No thread may be reading."""
        for descriptor in (self.near, self._far):
            if descriptor is not None:
                with suppress(OSError):  # of a mount that is lost; it is closed all the same
                    os.close(descriptor)

    def _try_past_cache(self) -> None:
        with self._lock:
            if not self._was_tried:
                self._was_tried = True
                self._far = self._past_cache(self.near)


def reopened_past_cache(descriptor: int) -> int | None:
    """The same file of a FUSE mount once more; None anywhere else.

    O_DIRECT is set once it is open, because a daemon that heard of it may open a disk's file in the same way, and what
    it then reads into is seldom aligned as a disk wants it.
    """
    if sys.platform != "linux" or not _is_fuse(descriptor):
        return None
    with suppress(OSError):
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.fcntl(again, fcntl.F_SETFL, fcntl.fcntl(again, fcntl.F_GETFL) | os.O_DIRECT)
        except OSError:
            os.close(again)
            raise
        return again
    return None


def _is_fuse(descriptor: int) -> bool:
    found = ctypes.create_string_buffer(_STATFS_BYTES)
    if ctypes.CDLL(None, use_errno=True).fstatfs(ctypes.c_int(descriptor), found) != 0:
        return False
    return ctypes.c_long.from_buffer(found).value & 0xFFFFFFFF == _FUSE_SUPER_MAGIC


def _read_past_cache(descriptor: int, offset: int, length: int) -> Read:
    """Into whole pages: a mebibyte that begins within one touches one page more, and would be two questions."""
    began, count = time.monotonic(), 0
    with mmap.mmap(-1, length) as pages, memoryview(pages) as room:
        while count < length:
            with room[count:] as rest:
                more = os.preadv(descriptor, [rest], offset + count)
            if more == 0:
                break
            count += more
        return Read(pages[:count], time.monotonic() - began)
