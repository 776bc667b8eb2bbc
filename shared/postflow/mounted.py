"""Edge: the filespace's mount, looked at now and then: what it is, and whether this user may open what is in it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from pathlib import Path

from postflow import mounts, rights
from postflow.checks import Check
from postflow.mounts import Mount
from postflow.rights import Rights
from postflow.threads import in_thread
from postflow.waiting import Stopped, unless, until_set

AGAIN_S = 60.0
"""While something is refused, or no file was found to be tried."""
SELDOM_S = 600.0
"""When all is well: whoever keeps an audit trail finds each opening in it."""


class Mounted:
    """
    Args:
        folders: the watch folders that are there, as the volume spells them.
    """

    def __init__(self, root: Path, folders: Callable[[], Awaitable[Collection[str]]]) -> None:
        self._root = root
        self._folders = folders
        self._woken = asyncio.Event()
        self.mount: Mount | None = None
        self.rights = Rights()

    async def run(self, stop: asyncio.Event) -> None:
        with suppress(Stopped):
            while not stop.is_set():
                await unless(stop, self.look())
                is_well = self.rights.opened and not self.rights.refused
                await unless(stop, until_set(self._woken, SELDOM_S if is_well else AGAIN_S))
                self._woken.clear()

    def wake(self) -> None:
        """The watch folders are others now."""
        self._woken.set()

    async def look(self) -> None:
        """Takes as long as the mount does."""
        folders = sorted(await self._folders())
        self.mount = await in_thread(mounts.mount_of, self._root)
        self.rights = await in_thread(rights.rights, self._root, folders)

    def volume(self, seen: Check) -> Check:
        """The mount and the right to read it.

        Args:
            seen: whether it is there and can be listed.
        """
        owner = mounts.open_to_us(self.mount)
        if not seen.ok:
            return Check(False, seen.detail, owner or seen.what_to_do)
        if self.rights.refused:
            what_to_do = owner or rights.what_to_do()
            return Check(False, f"{seen.detail}, but {'; '.join(self.rights.refused)}", what_to_do)
        if seen.what_to_do:
            return seen
        opened = f"{self.rights.opened} could be opened" if self.rights.opened else "no file to be tried was found yet"
        return Check(True, f"{seen.detail}; {opened}")

    def lucidlink(self) -> Check:
        """For people; never a reason not to be ready."""
        return lucidlink(self.mount)


def lucidlink(mount: Mount | None) -> Check:
    """What a folder is on; never a reason not to be ready: any filesystem will do."""
    if mount is None:
        return Check(True, "not known: this system does not say what is mounted there")
    if mount.is_lucidlink:
        return Check(True, str(mount))
    if mount.is_fuse:
        return Check(True, f"a FUSE mount that does not say whether it is LucidLink's: {mount}")
    return Check(True, f"not a LucidLink mount: {mount}")
