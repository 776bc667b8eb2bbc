"""Edge: the reads of one stream that are under way: what its pace asks for and the other streams leave room for."""

import time
from collections import deque
from concurrent.futures import Future

from fileserver.pace import Pace
from fileserver.readers import CHUNK_BYTES, Read
from fileserver.volume import OpenFile, Volume


class Ahead:
    """Args:
    end: where the client's wish ends; nothing behind it is read.
    """

    def __init__(self, volume: Volume, file: OpenFile, start: int, end: int) -> None:
        self._volume = volume
        self._file = file
        self._next, self._end = start, end
        self._reads: deque[Future[Read]] = deque()
        self._pace = Pace()
        self._took_at = time.monotonic()
        volume.readers.joined()

    async def take(self) -> Read:
        """The next chunk, short only if the file has ended. Raises DiskTrouble."""
        if not self._reads and (cached := self._cached()) is not None:
            return cached
        self._top_up()
        asked_at = time.monotonic()
        read = await self._volume.answer(self._reads[0])
        self._reads.popleft()
        self._tell_pace(asked_at)
        self._top_up()
        return read

    def go_to(self, position: int) -> None:
        """What is under way is of no use: the next chunk begins there."""
        if self._next != position:
            self._volume.readers.abandon(self._reads)
            self._reads.clear()
            self._next = position

    def close(self) -> None:
        self._volume.readers.left(self._reads)
        self._reads.clear()

    def _cached(self) -> Read | None:
        """No thread has to be woken for what is in memory."""
        length = min(CHUNK_BYTES, self._end - self._next)
        read = self._file.read_cached(self._next, length)
        self._next += length if read is not None else 0
        return read

    def _top_up(self) -> None:
        window = min(self._pace.window, self._volume.readers.share())
        while self._next < self._end and len(self._reads) < window:
            length = min(CHUNK_BYTES, self._end - self._next)
            self._reads.append(self._file.read(self._next, length))
            self._next += length

    def _tell_pace(self, asked_at: float) -> None:
        now = time.monotonic()
        ready = next((nth for nth, read in enumerate(self._reads) if not read.done()), len(self._reads))
        self._pace.took(waited_s=now - asked_at, elapsed_s=now - self._took_at, ready=ready)
        self._took_at = now
