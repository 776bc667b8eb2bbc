"""Edge: the mount itself, looked at now and then: what it is, and whether this user may open what is in it."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from postflow.mounts import Mount, mount_of
from postflow.rights import Rights, rights
from postflow.waiting import Stopped, unless, until_set

LOOK_S = 5.0
"""How soon a watch folder that has just appeared is tried."""

AGAIN_S = 60.0
"""While something is refused, or no file was found to be tried."""
SELDOM_S = 600.0
"""When all is well: whoever keeps an audit trail finds each opening in it."""


class Mounted:
    """
    Args:
        tops: the watch folders that are there, as the volume spells them.
        clock: monotonic seconds.
    """

    def __init__(self, root: Path, tops: Callable[[], Collection[str]], clock: Callable[[], float]) -> None:
        self._root = root
        self._tops = tops
        self._clock = clock
        self._looked_s: float | None = None
        self._looked_at: frozenset[str] = frozenset()
        self.mount: Mount | None = None
        self.rights = Rights()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if self._is_due():
                with suppress(Stopped):
                    await unless(stop, self.look())
            await until_set(stop, LOOK_S)

    async def look(self) -> None:
        """Takes as long as the mount does."""
        await asyncio.to_thread(self._look)

    def _look(self) -> None:
        tops = frozenset(self._tops())
        self.mount = mount_of(self._root)
        self.rights = rights(self._root, sorted(tops))
        self._looked_at, self._looked_s = tops, self._clock()

    def _is_due(self) -> bool:
        if self._looked_s is None or self._looked_at != frozenset(self._tops()):
            return True
        is_well = self.rights.opened and not self.rights.refused
        return self._clock() - self._looked_s >= (SELDOM_S if is_well else AGAIN_S)
