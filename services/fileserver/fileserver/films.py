"""Edge: an announced film on the volume: it is there as it was announced, or it is not, or nobody can tell.

Where another volume is mounted than films were found on, the volume is away: a film that is missed there is not gone.
As it may have been mounted since the film was missed, it is looked for again between two looks at what is mounted.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fileserver.film import Film, Revision
from fileserver.provenance import Provenance
from fileserver.troubles import DiskTrouble, FileGone, NotReadable, VolumeAway
from fileserver.volume import OpenFile, Volume

T = TypeVar("T")


class OtherRevision(Exception):
    """Something else is at its path."""


_MISSED = (FileGone, NotReadable, OtherRevision)


class Films:
    """Every method raises VolumeAway or DiskTrouble when nobody can tell."""

    def __init__(self, volume: Volume, provenance: Provenance) -> None:
        self._volume = volume
        self._provenance = provenance

    async def open(self, film: Film, *, is_announced: bool = True) -> OpenFile:
        """
        Args:
            is_announced: False for one that we chose ourselves, which says nothing about the volume.

        Raises:
            FileGone, NotReadable, OtherRevision.
        """
        file = await self._surely(lambda: self._open(film))
        try:
            if is_announced:
                await self._provenance.found(film)
        except BaseException:
            file.close()
            raise
        return file

    async def look(self, film: Film) -> None:
        """Raises FileGone, NotReadable or OtherRevision."""
        await self._surely(lambda: self._look(film))
        await self._provenance.found(film)

    async def find(self, path: str) -> Revision:
        """What is there, whatever was announced. Raises FileGone or NotReadable."""
        return await self._surely(lambda: self._volume.look(path))

    async def is_still(self, film: Film, file: OpenFile) -> bool:
        """Whether what is open and what is at its path are what was announced."""
        if await file.revision_now() != film.revision:
            return False
        try:
            await self._surely(lambda: self._look(film))
        except _MISSED:
            return False
        return True

    async def _surely(self, seen: Callable[[], Awaitable[T]]) -> T:
        try:
            return await seen()
        except DiskTrouble:
            await self._check_mount()
            raise
        except _MISSED:
            await self._check_mount()
        try:
            return await seen()
        except _MISSED:
            await self._check_mount()
            raise

    async def _open(self, film: Film) -> OpenFile:
        file = await self._volume.open(film.path)
        if file.revision != film.revision:
            file.close()
            raise OtherRevision
        return file

    async def _look(self, film: Film) -> None:
        if await self._volume.look(film.path) != film.revision:
            raise OtherRevision

    async def _check_mount(self) -> None:
        if why := await self._provenance.doubt():
            raise VolumeAway(why)
