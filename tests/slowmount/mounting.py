"""Edge: a folder mounted at another place through the passthrough, and the hand on its latency and its troubles.

Whoever writes into the backing folder is a remote writer: the mount shows it, and no event tells of it.
"""

import mmap
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

from tests.slowmount.building import NoMount, program

START_S = 20.0


class Kind(IntEnum):
    """What is asked of the mount, in the order of the passthrough's control file."""

    STAT = 0
    LIST = 1
    OPEN = 2
    READ = 3
    CLOSE = 4


_ANSWERS, _HANGS, _FAILS = range(3)
_DELAY, _STATE, _COUNT = range(3)
_NUMBER = struct.Struct("=Q")
_ONLY = _NUMBER.size * 3 * len(Kind)
_ONLY_BYTES = 4096
_CONTROL_BYTES = _ONLY + _ONLY_BYTES


class SlowMount:
    """
    Attributes:
        backing: what is shown; to write here is to write from another machine.
        at: where it is shown.
        pid: of the daemon, while it is mounted.
    """

    def __init__(self, folder: Path, at: Path, *, is_direct: bool = False, cache_s: float = 0.0) -> None:
        """
        Args:
            folder: for the control file, the daemon's log, and the backing folder.
            is_direct: reads pass the kernel's page cache by, which else holds a file as long as it is open.
            cache_s: for how long the kernel may believe names, sizes and dates without asking again.
        """
        self.backing, self.at = folder / "backing", at
        for place in (self.backing, self.at):
            place.mkdir(parents=True, exist_ok=True)
        self._file, self._log = folder / "control", folder / "passthrough.log"
        self._file.write_bytes(bytes(_CONTROL_BYTES))
        with self._file.open("r+b") as file:
            self._control = mmap.mmap(file.fileno(), _CONTROL_BYTES)
        self._options = (str(int(is_direct)), str(cache_s))
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._daemon is not None
        return self._daemon.pid

    def mount(self, backing: Path | None = None) -> None:
        """Show the backing folder, or another one in its place. Raises NoMount."""
        outside = self.at.stat().st_dev
        with self._log.open("ab") as log:
            command = [str(place) for place in (program(), backing or self.backing, self.at, self._file)]
            self._daemon = subprocess.Popen(
                [*command, *self._options], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until_s = time.monotonic() + START_S
        while self.at.stat().st_dev == outside:
            if self._daemon.poll() is not None or time.monotonic() > until_s:
                raise NoMount(f"FUSE mounts nothing here: {self._log.read_text(errors='replace')[-600:]}")
            time.sleep(0.005)

    def kill(self) -> None:
        """What is left answers everything with ENOTCONN, until it is unmounted."""
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait()
            self._daemon = None

    def detach(self) -> None:
        """Whoever has a file of it open goes on; everybody else finds what lies below."""
        command = ["umount", "--lazy"] if os.geteuid() == 0 else ["fusermount3", "-u", "-z"]
        subprocess.run([*command, str(self.at)], check=False, capture_output=True)

    def unmount(self) -> None:
        """Also what hangs, or is used: what lies below is left."""
        self.detach()
        self.kill()

    def delay(self, kind: Kind, seconds: float) -> None:
        """From now on each question of the kind takes so much longer."""
        self._put(kind, _DELAY, round(seconds * 1_000_000))

    @contextmanager
    def hanging(self, kind: Kind, only: str = "") -> Iterator[None]:
        """Questions of the kind get no answer meanwhile, if this is in their path."""
        with self._being(_HANGS, kind, only):
            yield

    @contextmanager
    def failing(self, kind: Kind, only: str = "") -> Iterator[None]:
        """They are answered with EIO."""
        with self._being(_FAILS, kind, only):
            yield

    def asked(self, kind: Kind) -> int:
        """How often, ever."""
        return self._get(kind, _COUNT)

    @contextmanager
    def _being(self, state: int, kind: Kind, only: str) -> Iterator[None]:
        self._control[_ONLY:_CONTROL_BYTES] = os.fsencode(only).ljust(_ONLY_BYTES, b"\0")
        self._put(kind, _STATE, state)
        try:
            yield
        finally:
            self._put(kind, _STATE, _ANSWERS)

    def _put(self, kind: Kind, field: int, number: int) -> None:
        _NUMBER.pack_into(self._control, _place(kind, field), number)

    def _get(self, kind: Kind, field: int) -> int:
        (number,) = _NUMBER.unpack_from(self._control, _place(kind, field))
        return int(number)


def _place(kind: Kind, field: int) -> int:
    return _NUMBER.size * (3 * kind + field)


@contextmanager
def mounted(folder: Path, at: Path, *, is_direct: bool = False, cache_s: float = 0.0) -> Iterator[SlowMount]:
    """Raises NoMount."""
    made = SlowMount(folder, at, is_direct=is_direct, cache_s=cache_s)
    try:
        made.mount()
        yield made
    finally:
        made.unmount()
