"""Edge: the body of one GET: read ahead by a chunk, send, and look at the file again before the last chunk goes out."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

from fileserver.connection import Client
from fileserver.live import Live
from fileserver.progress import Following
from fileserver.replies import Reply
from fileserver.volume import DiskTrouble, OpenFile, Revision, Volume, VolumeAway

CHUNK_BYTES = 1 << 20
"""A GET holds three of these at most: one being read, one waiting, one in the connection's buffer."""

SEND_PATIENCE_S = 100.0
"""For a client to take one chunk."""


class Cut(Exception):
    """The body ends here, short of its Content-Length. `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class RevisionChanged(Cut):
    """What was sent may hold bytes of two revisions."""


class Pull:
    """Sends the body of one GET.

    Attributes:
        sent_bytes: what surely has left; the chunk in the connection's buffer counts when the next one is taken, or
            when it was the last.
    """

    def __init__(
        self,
        live: Live,
        file: OpenFile,
        reply: Reply,
        client: Client,
        volume: Volume,
        following: Following,
        now: Callable[[], datetime],
    ) -> None:
        self.sent_bytes = 0
        self._live = live
        self._file = file
        self._start, self._end = reply.start, reply.start + reply.length
        self._client = client
        self._volume = volume
        self._following = following
        self._now = now
        self._is_complete = False

    async def run(self) -> None:
        """Send until all is sent, the exposure is over or the client goes away.

        Raises:
            Cut: the connection must be closed without another byte.
        """
        sending = asyncio.create_task(self._send())
        over = asyncio.create_task(self._live.over.wait())
        gone = asyncio.create_task(self._client.gone())
        try:
            await asyncio.wait((sending, over, gone), return_when=asyncio.FIRST_COMPLETED)
            # A complete answer looks like a client that went away, and may be heard of first.
            if sending.done() or self._is_complete:
                await sending
            else:
                raise Cut(f"exposure {self._live.over_why}" if over.done() else "the client went away")
        finally:
            for task in (sending, over, gone):
                task.cancel()
            await asyncio.gather(sending, over, gone, return_exceptions=True)

    async def _send(self) -> None:
        position = self._start
        reading = self._begin_reading(position)
        while not self._is_complete:
            chunk = await self._arrived(reading)
            end = position + len(chunk)
            if end < min(position + CHUNK_BYTES, self._end):
                raise RevisionChanged("the file became shorter")
            if end < self._end:
                reading = self._begin_reading(end)
            else:
                await self._look_again()
            await self._hand_over(chunk, is_last=end == self._end)
            await self._has_left(end if self._is_complete else position)
            position = end

    def _begin_reading(self, position: int) -> Future[bytes]:
        return self._file.read(position, min(CHUNK_BYTES, self._end - position))

    async def _arrived(self, reading: Future[bytes]) -> bytes:
        try:
            return await self._volume.answer(reading)
        except DiskTrouble as error:
            raise Cut(f"the volume: {error}") from error

    async def _look_again(self) -> None:
        announced = Revision(self._live.record.size_bytes, self._live.record.mtime_ns)
        try:
            if await self._file.revision_now() != announced:
                raise RevisionChanged("the revision changed")
        except (VolumeAway, DiskTrouble) as error:
            raise Cut(f"nobody can tell whether the revision changed: {error}") from error

    async def _hand_over(self, chunk: bytes, *, is_last: bool) -> None:
        try:
            async with asyncio.timeout(SEND_PATIENCE_S):
                await self._client.take(chunk, is_last=is_last)
        except TimeoutError:
            raise Cut(f"the client took nothing for {SEND_PATIENCE_S:.0f} s") from None
        self._is_complete = is_last

    async def _has_left(self, end: int) -> None:
        start = self._start + self.sent_bytes
        if end > start:
            self.sent_bytes = end - self._start
            self._live.has_sent((start, end), self._now())
            await self._following.moved(self._live)
