"""Edge: open a file below a folder, and nothing else: no link is followed on the way, inside or out.

The kernel does it in one step where it can (openat2, Linux 5.6). Elsewhere every folder of the path is opened by
itself, from the one before, with O_NOFOLLOW.
"""

import ctypes
import errno
import os
import stat
import sys
from pathlib import Path

_SYS_OPENAT2 = 437
"""The same on every architecture of Linux."""

_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08

_MISSING = (errno.ENOSYS, errno.EPERM, errno.EINVAL)
"""An old kernel, or a container runtime that does not know the call and forbids it."""

_MOST_TRIES = 8
"""The kernel gives up with EAGAIN when folders are renamed while it walks."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK: a pipe in the file's place must not make us wait for somebody to write into it."""


class RootAway(OSError):
    """The folder itself cannot be opened: the volume is not there."""


class _How(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_beneath(root: Path, path: str, *, by_kernel: bool = True) -> int:
    """A descriptor of the file, for reading.

    Args:
        path: relative, `/` between its parts, none of them empty, `.` or `..`.
        by_kernel: False walks in any case.

    Raises:
        RootAway: the root cannot be opened.
        OSError: as `open` does; ELOOP where a link is on the way, EINVAL for a path that leads elsewhere.
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in path or not _can_be_spelled(path):
        raise OSError(errno.EINVAL, "not a path below the root")
    try:
        folder = os.open(root, _FOLDER)
    except OSError as error:
        raise RootAway(error.errno, os.strerror(error.errno or errno.EIO)) from error
    try:
        found = _by_openat2(folder, path) if by_kernel else None
        return _by_walking(folder, parts) if found is None else found
    finally:
        os.close(folder)


def _can_be_spelled(path: str) -> bool:
    try:
        return bool(os.fsencode(path))
    except UnicodeEncodeError:
        return False


def _by_openat2(folder: int, path: str) -> int | None:
    """None where the kernel cannot do it."""
    if not sys.platform.startswith("linux"):
        return None
    how = _How(_FILE, 0, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    libc = ctypes.CDLL(None, use_errno=True)
    for _ in range(_MOST_TRIES):
        found = libc.syscall(
            ctypes.c_long(_SYS_OPENAT2),
            ctypes.c_int(folder),
            ctypes.c_char_p(os.fsencode(path)),
            ctypes.byref(how),
            ctypes.c_size_t(ctypes.sizeof(how)),
        )
        if found >= 0:
            return int(found)
        failure = ctypes.get_errno()
        if failure in _MISSING:
            return None
        if failure not in (errno.EAGAIN, errno.EINTR):
            raise OSError(failure, os.strerror(failure))
    raise OSError(errno.EAGAIN, "folders were renamed all the time")


def _by_walking(folder: int, parts: list[str]) -> int:
    folder = os.dup(folder)
    try:
        for part in parts[:-1]:
            inner = _inner_folder(folder, part)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)


def _inner_folder(folder: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except NotADirectoryError:
        # A link is no folder either; it is told apart, because openat2 does.
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise
