"""Edge: which mount announced films were found on, and whether it is the one that is mounted now.

A folder of this host lies below each mount, and may hold files of its own under the same names: what is missed there
says nothing about a film. The films decide, and nobody has to be told: a mount on which one is found as it was
announced is the right one from then on. The latest film that was found is remembered with its mount, so that a mount
that is new and holds it is known at once.

In the bucket `exposures`, key `mount`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

from pydantic import BaseModel, ConfigDict

from fileserver.changing import changed
from fileserver.film import Film, Revision
from fileserver.troubles import DiskTrouble, FileGone, NotReadable, VolumeAway
from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.mount_identity import Identity, is_another
from postflow.records import Records

logger = get_logger(__name__)

KEY = "mount"

PATIENCE_S = 5.0
"""For the film that proves a mount: a film that hangs proves nothing."""


class Proven(BaseModel):
    """A mount, and the latest film that was found on it as it was announced."""

    model_config = ConfigDict(frozen=True)

    kind: str
    source: str
    path: str
    size_bytes: int
    mtime_ns: int

    @classmethod
    def by(cls, film: Film, mount: Identity) -> Self:
        size_bytes, mtime_ns = film.revision.size_bytes, film.revision.mtime_ns
        return cls(kind=mount.kind, source=mount.source, path=film.path, size_bytes=size_bytes, mtime_ns=mtime_ns)

    @property
    def mount(self) -> Identity:
        return Identity(self.kind, self.source)


class Provenance:
    """
    Args:
        mounted: what is mounted now, None where nobody can tell. Raises DiskTrouble.
        look: at a path inside the filespace. Raises as `Volume.look`.
    """

    def __init__(
        self,
        records: Records[Proven],
        mounted: Callable[[], Awaitable[Identity | None]],
        look: Callable[[str], Awaitable[Revision]],
    ) -> None:
        self._records = records
        self._mounted = mounted
        self._look = look
        self._proven: Proven | None = None
        self._kept: Proven | None = None
        self._is_sure = False
        """What is mounted was the proven one when it was last asked: who finds a film need not ask again."""

    @property
    def is_known(self) -> bool:
        """Whether a film was ever found."""
        return self._proven is not None

    async def recall(self) -> None:
        """Raises BusUnavailable."""
        held = await self._records.get(KEY)
        self._proven = self._kept = held.value if held else None

    async def found(self, film: Film) -> None:
        """It is there as it was announced."""
        if self._is_sure and self._proven is not None:
            self._proven = Proven.by(film, self._proven.mount)
        else:
            await self._proves(film)

    async def doubt(self) -> str:
        """Why nothing that is missed on the volume says anything; empty if there is no reason to doubt.

        Raises:
            DiskTrouble: nobody can tell.
        """
        now, proven = await self._mounted(), self._proven
        if proven is None or now is None or not is_another(proven.mount, now):
            self._is_sure = proven is not None and now is not None
            return ""
        self._is_sure = False
        if await self._proves(Film.of(proven)):
            return ""
        return f"another volume is mounted than films were found on: {now}, and before {proven.mount}"

    async def keep(self) -> None:
        """What cannot be kept now is kept with the next."""
        wanted = self._proven
        if wanted is None or wanted == self._kept:
            return
        try:
            await changed(self._records, KEY, lambda there: wanted if there != wanted else None)
        except RetryableError as error:
            logger.debug("NATS hears later which mount it is", action="mount_later", why=str(error))
        else:
            self._kept = wanted

    async def _proves(self, film: Film) -> bool:
        """Look at a film; if it is there, what is mounted is right. It must not be mounted between the looks."""
        mount: Identity | None = None
        with suppress(VolumeAway, FileGone, NotReadable, DiskTrouble, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                mount = await self._found_on(film)
        if mount is not None:
            await self._remember(Proven.by(film, mount))
        return mount is not None

    async def _found_on(self, film: Film) -> Identity | None:
        """The mount, if the film is on it as it was announced. Raises as both looks do."""
        mount = await self._mounted()
        is_there = mount is not None and await self._look(film.path) == film.revision
        return mount if is_there and await self._mounted() == mount else None

    async def _remember(self, proven: Proven) -> None:
        before, self._proven, self._is_sure = self._proven, proven, True
        if before is not None and is_another(before.mount, proven.mount):
            facts = {"before": str(before.mount), "now": str(proven.mount), "path": proven.path}
            logger.info("films are found on another mount now", action="mount_proven", **facts)
        await self.keep()
