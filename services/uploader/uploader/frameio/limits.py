"""Edge: our pace towards Frame.io, so that its buckets never run dry.

Each endpoint has a leaky bucket of its own, counted per user. We send at a share of the documented rate, after a
small burst. Source: Frame.io V4 reference, rate limits of each endpoint (read 2026-11).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import Enum

BURST_SHARE = 0.2
LEAST_BURST = 2
"""After a pause, a fifth of the bucket may go out at once: other replicas fill the same bucket."""


class Endpoint(Enum):
    """An endpoint with a bucket of its own: calls allowed, and in how many seconds."""

    REMOTE_UPLOAD = ("remote_upload", 5, 1.0)
    FILES_OF_FOLDER = ("files_of_folder", 5, 1.0)
    FOLDERS_OF_FOLDER = ("folders_of_folder", 5, 1.0)
    CREATE_FOLDER = ("create_folder", 3, 1.0)
    FILE = ("file", 10, 1.0)
    FILE_STATUS = ("file_status", 5, 1.0)
    DELETE_FILE = ("delete_file", 100, 60.0)
    COMMENTS_OF_FILE = ("comments_of_file", 100, 60.0)
    DISCOVERY = ("discovery", 100, 60.0)

    def __init__(self, label: str, calls: int, window_s: float) -> None:
        self.label = label
        self.interval_s = window_s / calls
        self.burst = max(LEAST_BURST, int(calls * BURST_SHARE))


class Pacer:
    """Grants calls one by one, in the order in which they were asked for.

    Args:
        share: of the documented limits that we use, above 0 and at most 1.
    """

    def __init__(
        self,
        share: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._share = share
        self._clock = clock
        self._sleep = sleep
        self._free_at: dict[Endpoint, float] = {}

    async def turn(self, endpoint: Endpoint) -> None:
        """Wait until a call to this endpoint may go out."""
        interval = endpoint.interval_s / self._share
        now = self._clock()
        slot = max(self._free_at.get(endpoint, 0.0), now - endpoint.burst * interval) + interval
        self._free_at[endpoint] = slot
        if slot > now:
            await self._sleep(slot - now)

    def pause(self, endpoint: Endpoint, seconds: float) -> None:
        """Nobody calls this endpoint for so long: it has told us that its bucket is empty."""
        self._free_at[endpoint] = max(self._free_at.get(endpoint, 0.0), self._clock() + seconds)
