"""Edge: the mounted filespace, read-only: what is mounted, what is at a path, and its bytes.

Every look goes through a thread of its own pool, every read through one of the readers': a mount may take seconds to
answer, or hang.
"""

import asyncio
import errno
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from fileserver import unanswered
from fileserver.beneath import RootAway, open_beneath
from fileserver.far import Descriptors
from fileserver.film import Revision
from fileserver.readers import Lent, Read, Readers, ask_for_more_at_once, lend, read_cached, when_ended
from fileserver.troubles import DiskTrouble, FileGone, NotReadable, VolumeAway
from fileserver.unanswered import Unanswered
from postflow.mount_identity import Identity
from postflow.mounts import identity_of
from postflow.threads import Pool

THREADS = 64
PATIENCE_S = 100.0
"""For one answer of the mount. Cloudflare gives up on a silent origin after 120 s."""
ROOT_PATIENCE_S = 5.0
"""For the root alone, which a mount that works has at hand."""

_GONE = (errno.ENOENT, errno.ENOTDIR)
_NOT_MOUNTED = (errno.ENOTCONN, errno.ESTALE, errno.ENODEV, errno.ESHUTDOWN)
"""What a FUSE mount answers whose daemon has died."""
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EXDEV, errno.EINVAL, errno.ENAMETOOLONG, errno.ENXIO)

T = TypeVar("T")


class OpenFile:
    """A file that is open for reading; close it. Raises DiskTrouble."""

    def __init__(self, volume: "Volume", path: str, descriptor: int) -> None:
        self._volume = volume
        self._path = path
        self._descriptors = Descriptors(descriptor)
        self._under_way: set[Future[Any]] = set()
        self.revision = _revision(os.fstat(descriptor))
        ask_for_more_at_once(descriptor)

    def read(self, offset: int, length: int) -> "Future[Read]":
        """Begin to read."""
        return self._begun(lambda: self._descriptors.read(offset, length))

    def read_cached(self, offset: int, length: int) -> Read | None:
        """At most a chunk, at once; None if that cannot be."""
        return read_cached(self._descriptors.near, offset, self._volume.readers.scratch[:length])

    def lend(self, outlet: int, offset: int, length: int, lent: Lent) -> "Future[None]":
        """Begin to have the kernel take bytes to a client's socket. Raises ClientGone and NotLendable besides."""
        return self._begun(lambda: lend(outlet, self._descriptors.near, offset, length, lent))

    async def revision_now(self) -> Revision:
        """Of what is open, whatever is at its path by now."""
        return await self._volume.ask_about(self._path, lambda: _revision(os.fstat(self._descriptors.near)))

    def close(self) -> None:
        """At once, or when the last of what is under way has ended: a thread must not read from a number that by
        then stands for another file."""
        under_way = list(self._under_way)
        self._volume.readers.left_behind.add_soon(self._path, under_way)
        when_ended(under_way, lambda: self._volume.readers.close_aside(self._path, self._descriptors.close))

    def _begun(self, work: Callable[[], T]) -> "Future[T]":
        begun = self._volume.readers.begin(work)
        self._under_way.add(begun)
        begun.add_done_callback(self._under_way.discard)
        return begun


class Volume:
    """
    Attributes:
        is_expected: something was seen on it, or is wanted from it: empty it is not mounted.
    """

    def __init__(self, root: Path, *, by_kernel: bool = True) -> None:
        self.pool = Pool(THREADS, "volume")
        self.readers = Readers()
        self.unanswered = Unanswered(unanswered.MOST_LOOKS)
        self._root = root
        self._by_kernel = by_kernel
        self.is_expected = False

    async def open(self, path: str) -> OpenFile:
        """Raises VolumeAway, FileGone, NotReadable or DiskTrouble."""
        for questions in (self.readers.left_behind, self.unanswered):
            await questions.turn(path, patience_s=PATIENCE_S, hangs_s=unanswered.HANGS_S)

        def opened() -> OpenFile:
            descriptor = self._opened(path)
            with _closed_if_it_fails(descriptor):
                return OpenFile(self, path, descriptor)

        opening = self._asked(path, opened)
        try:
            return await self.answer(opening)
        except BaseException:
            opening.add_done_callback(_close_unwanted)
            raise

    async def look(self, path: str) -> Revision:
        """Raises VolumeAway, FileGone, NotReadable or DiskTrouble."""

        def looked() -> Revision:
            descriptor = self._opened(path)
            try:
                return _revision(os.fstat(descriptor))
            finally:
                os.close(descriptor)

        return await self.ask_about(path, looked)

    async def ask_about(self, path: str, look: Callable[[], T]) -> T:
        """Ask something about one file, as soon as few do. Raises DiskTrouble."""
        await self.unanswered.turn(path, patience_s=PATIENCE_S)
        return await self.answer(self._asked(path, look))

    def _asked(self, path: str, look: Callable[[], T]) -> "Future[T]":
        asked = self.pool.submit(look)
        self.unanswered.add(path, [asked])
        return asked

    async def is_empty(self) -> bool:
        """Raises VolumeAway, or DiskTrouble."""
        empty = await self.ask(self._is_empty, patience_s=ROOT_PATIENCE_S)
        self.is_expected = self.is_expected or not empty
        return empty

    async def mounted(self) -> Identity | None:
        """What is mounted; None where nobody can tell. Raises DiskTrouble."""
        return await self.ask(lambda: identity_of(self._root), patience_s=ROOT_PATIENCE_S)

    def close(self) -> None:
        self.pool.close()
        self.readers.close()

    async def ask(self, look: Callable[[], T], *, patience_s: float = PATIENCE_S) -> T:
        return await self.answer(self.pool.submit(look), patience_s=patience_s)

    async def answer(self, asked: "Future[T]", *, patience_s: float = PATIENCE_S) -> T:
        """Wait, within reason, for what a thread asks of the mount. Raises DiskTrouble."""
        try:
            async with asyncio.timeout(patience_s):
                return await asyncio.wrap_future(asked)
        except TimeoutError:
            raise DiskTrouble(f"no answer within {patience_s:.0f} s") from None
        except OSError as error:
            raise DiskTrouble(_words(error)) from error

    def _opened(self, path: str) -> int:
        try:
            descriptor = open_beneath(self._root, path, by_kernel=self._by_kernel)
        except RootAway as error:
            raise VolumeAway(_words(error)) from error
        except OSError as error:
            raise self._translated(error) from error
        with _closed_if_it_fails(descriptor):
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotReadable("it is no regular file")
        return descriptor

    def _translated(self, error: OSError) -> Exception:
        if error.errno in _GONE:
            if self._is_empty():
                self.is_expected = True
                return VolumeAway("nothing is mounted there")
            return FileGone(_words(error))
        if error.errno in _NOT_MOUNTED:
            return VolumeAway(_words(error))
        if error.errno == errno.ELOOP:
            return NotReadable("it is a link, or one is on the way to it")
        return NotReadable(_words(error)) if error.errno in _NOT_ALLOWED else DiskTrouble(_words(error))

    def _is_empty(self) -> bool:
        """An unmounted filespace leaves an empty folder behind, in which every file seems to be gone."""
        try:
            with os.scandir(self._root) as entries:
                return next(entries, None) is None
        except OSError as error:
            raise VolumeAway(_words(error)) from error


@contextmanager
def _closed_if_it_fails(descriptor: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(descriptor)
        raise


def _close_unwanted(opening: "Future[OpenFile]") -> None:
    """Nobody waits for it any more, and nobody else would close it."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _revision(found: os.stat_result) -> Revision:
    return Revision(found.st_size, found.st_mtime_ns)


def _words(error: OSError) -> str:
    """Without the path: it is said where it matters."""
    return os.strerror(error.errno) if error.errno else type(error).__name__
