"""Edge: the body of one GET: sent as it is read, and the file looked at again before the last chunk goes out."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from fileserver.connection import Client
from fileserver.film import Film
from fileserver.films import Films
from fileserver.lending import Lending
from fileserver.live import Live
from fileserver.progress import Following
from fileserver.readahead import Ahead
from fileserver.readers import CHUNK_BYTES, ClientGone
from fileserver.replies import Reply
from fileserver.troubles import DiskTrouble, VolumeAway
from fileserver.volume import OpenFile, Volume

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
            when all of it has left and it was the last.
    """

    def __init__(
        self,
        live: Live,
        file: OpenFile,
        reply: Reply,
        client: Client,
        volume: Volume,
        films: Films,
        following: Following,
        now: Callable[[], datetime],
    ) -> None:
        self.sent_bytes = 0
        self._live = live
        self._file = file
        self._start, self._end = reply.start, reply.start + reply.length
        self._client = client
        self._volume = volume
        self._films = films
        self._following = following
        self._now = now
        self._is_complete = False

    async def run(self) -> None:
        """Send until all is sent, the exposure is over or the client goes away.

        Raises:
            Cut: the connection must be closed without another byte.
        """
        if self._live.over.is_set():  # while its line was written: the first chunks would leave before it is heard of
            raise Cut(f"exposure {self._live.over_why}")
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
        ahead = Ahead(self._volume, self._file, self._start, self._end)
        lending = Lending(self._volume, self._file, self._client.connection, self._end)
        position = self._start
        try:
            while not self._is_complete:
                if lending.is_worth_it(position):
                    position = await self._lend(lending, position)
                    ahead.go_to(position)
                else:
                    position = await self._copy(ahead, lending, position)
        except DiskTrouble as error:
            raise Cut(f"the volume: {error}") from error
        except ClientGone:
            raise Cut("the client went away") from None
        finally:
            ahead.close()
            lending.close()
            if lending.under_way.count > 0:
                self._note(position + lending.under_way.count)

    async def _copy(self, ahead: Ahead, lending: Lending, position: int) -> int:
        """Send the next chunk through memory; the position behind it."""
        read = await ahead.take()
        end = position + len(read.chunk)
        if end < min(position + CHUNK_BYTES, self._end):
            raise RevisionChanged("the file became shorter")
        lending.was_read(read)
        if end == self._end:
            await self._look_again()
        await self._within_patience(self._client.take(read.chunk, is_last=end == self._end))
        self._is_complete = end == self._end
        await self._has_left(end if self._is_complete else position)
        return end

    async def _lend(self, lending: Lending, position: int) -> int:
        """Have the kernel send what comes next without a copy; the position behind it."""
        await self._within_patience(lending.room())
        await self._has_left(position)
        lent = await lending.lend(position)
        await self._has_left(position + lent.count)
        if lent.has_ended:
            raise RevisionChanged("the file became shorter")
        return position + lent.count

    async def _look_again(self) -> None:
        try:
            if not await self._films.is_still(Film.of(self._live.record), self._file):
                raise RevisionChanged("the revision changed")
        except (VolumeAway, DiskTrouble) as error:
            raise Cut(f"nobody can tell whether the revision changed: {error}") from error

    async def _within_patience(self, taking: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(SEND_PATIENCE_S):
                await taking
        except TimeoutError:
            raise Cut(f"the client took nothing for {SEND_PATIENCE_S:.0f} s") from None
        if self._client.is_gone:
            raise ClientGone

    async def _has_left(self, end: int) -> None:
        if self._note(end):
            await self._following.moved(self._live)

    def _note(self, end: int) -> bool:
        """Whether it is news that everything before `end` has left."""
        start = self._start + self.sent_bytes
        if end > start:
            self.sent_bytes = end - self._start
            self._live.has_sent((start, end), self._now())
        return end > start
