"""Edge: a volume for tests of which they say what is mounted and what is on it; and who remembers it over restarts."""

import asyncio
from collections.abc import Callable
from typing import cast

from fileserver.film import Film, Revision
from fileserver.provenance import KEY, Proven, Provenance
from fileserver.troubles import DiskTrouble, FileGone
from postflow.mount_identity import Identity
from postflow.records import Records
from tests.unit.fileserver.fakes import Disk, FakeRecords

LUCID = Identity("fuse.lucid", "film.studio")
DISK = Identity("ext4", "/dev/sda1")
OTHER = Identity("fuse.lucid3", "film.studio")

FILM = Film("SQ01/a.mov", Revision(1000, 7))
NEXT = Film("SQ01/b.mov", Revision(2000, 8))


class Site:
    """
    Attributes:
        there: what is on the volume.
        asked: how often it was asked what is mounted.
        changes_to: what is mounted from the next look at a film on.
        hangs: until when a look at a film gets no answer.
        meanwhile: what happens when it is asked next.
    """

    def __init__(self) -> None:
        self.disk = Disk()
        self.now: Identity | None = LUCID
        self.there = {film.path: film.revision for film in (FILM, NEXT)}
        self.asked = 0
        self.is_silent = False
        self.changes_to: Identity | None = None
        self.hangs: asyncio.Event | None = None
        self.meanwhile: Callable[[], None] | None = None
        self.provenance: Provenance

    async def start(self) -> None:
        """A fileserver, or another one after it."""
        records = cast("Records[Proven]", FakeRecords[Proven](self.disk))
        self.provenance = Provenance(records, self.mounted, self.look)
        await self.provenance.recall()

    async def mounted(self) -> Identity | None:
        self.asked += 1
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        if self.is_silent:
            raise DiskTrouble("no answer within 5 s")
        return self.now

    async def look(self, path: str) -> Revision:
        if self.hangs is not None:
            await self.hangs.wait()
        self.now, self.changes_to = self.changes_to or self.now, None
        if path not in self.there:
            raise FileGone("No such file or directory")
        return self.there[path]

    def kept(self) -> Proven | None:
        held = self.disk.entries.get(KEY)
        return cast(Proven, held.value) if held else None

    def unmount(self) -> None:
        """What lies below has other files."""
        self.now, self.there = DISK, {FILM.path: Revision(3, 9)}
