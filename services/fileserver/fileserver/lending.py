"""Edge: the middle of a large body, sent by the kernel straight from the page cache. The bytes are never copied.

What was lent stays the file's own pages until the client has read it: a write to the file may still change it on its
way, after we have looked at the file for the last time. So the end of a body is copied, and is longer than all the
buffers between us and whoever reads from our socket: when the last chunk goes out, everything lent has been read.
"""

import sys

from prometheus_client import Counter

from fileserver.buffers import most_on_its_way_bytes
from fileserver.connection import Connection
from fileserver.outlet import Outlet
from fileserver.pace import AtHand
from fileserver.readers import Lent, NotLendable, Read
from fileserver.volume import OpenFile, Volume

LEAST_COPIED_BYTES = 64 << 20
"""More than the buffers of a machine on which nobody has changed anything."""

LENT = Counter("postflow_fileserver_bytes_lent_total", "Bytes that went out from the page cache without a copy")


def copied_end_bytes() -> int:
    """How much of a body's end is never lent."""
    return max(LEAST_COPIED_BYTES, most_on_its_way_bytes() * 5 // 4)


class Lending:
    """For one body. Close it.

    Args:
        connection: None where the kernel cannot be asked to.

    Attributes:
        under_way: what a thread is lending just now.
    """

    def __init__(self, volume: Volume, file: OpenFile, connection: Connection | None, end: int) -> None:
        self._volume = volume
        self._file = file
        self._connection = connection if sys.platform == "linux" else None
        self._until = end - copied_end_bytes()
        self._outlet: Outlet | None = None
        self._at_hand = AtHand()
        self.under_way = Lent()

    def is_worth_it(self, position: int) -> bool:
        return self._connection is not None and position < self._until and self._at_hand.likely

    def was_read(self, read: Read) -> None:
        """A chunk was copied."""
        self._at_hand.was_read(len(read.chunk), read.took_s)

    async def room(self) -> None:
        """Wait until the client can take more. Raises ClientGone."""
        assert self._connection is not None, "only what is worth it is done"
        await self._connection.emptied()
        self._outlet = self._outlet or self._connection.outlet()
        await self._outlet.room()

    async def lend(self, position: int) -> Lent:
        """Lend as much as there is room for. Raises ClientGone or DiskTrouble."""
        assert self._connection is not None, "only what is worth it is done"
        assert self._outlet is not None, "room was waited for"
        lent = self.under_way = Lent()
        lending = self._file.lend(self._outlet.fileno(), position, self._until - position, lent)
        self._outlet.lends(lending)
        try:
            await self._volume.answer(lending)
        except NotLendable:
            self._connection = None
        else:
            LENT.inc(lent.count)
            self._connection.was_lent(lent.count)
            self._at_hand.was_lent(lent.count, lent.took_s)
        self.under_way = Lent()
        return lent

    def close(self) -> None:
        if self._outlet is not None:
            self._outlet.close()
