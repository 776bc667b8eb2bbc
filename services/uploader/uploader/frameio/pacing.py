"""Edge: our pace towards Frame.io, so that its buckets never run dry: one for all replicas, as they are one user."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from postflow.errors import BusUnavailable
from postflow.logs import get_logger
from uploader.frameio.limits import Endpoint, after_pause, after_turn

logger = get_logger(__name__)

PATIENCE_S = 1.0
"""How long a call waits for its turn to be on record. Without NATS each process keeps the pace for itself: what is
under way is followed on, and an empty bucket of Frame.io is waited for."""


class Shared(Protocol):
    async def move(self, label: str, step: Callable[[float], float]) -> float: ...


class Pacer:
    """Grants calls one by one, in the order in which they were asked for.

    Args:
        share: of the documented limits that we use, above 0 and at most 1.
        shared: what all replicas have used; None for a process that calls alone.
        clock: unix seconds.
    """

    def __init__(
        self,
        share: float,
        shared: Shared | None = None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._share = share
        self._shared = shared
        self._clock = clock
        self._sleep = sleep
        self._free_at: defaultdict[Endpoint, float] = defaultdict(float)
        self._moving: defaultdict[Endpoint, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def turn(self, endpoint: Endpoint) -> None:
        """Wait until a call to this endpoint may go out."""
        goes_at = await self._moved(endpoint, partial(self._after_turn, endpoint))
        wait_s = goes_at - self._clock()
        if wait_s > 0:
            await self._sleep(wait_s)

    async def pause(self, endpoint: Endpoint, seconds: float) -> None:
        """Nobody calls this endpoint for so long: it has told us that its bucket is empty."""
        await self._moved(endpoint, lambda free_at: after_pause(free_at, self._clock(), seconds))

    def _after_turn(self, endpoint: Endpoint, free_at: float) -> float:
        return after_turn(free_at, self._clock(), endpoint, self._share)

    async def _moved(self, endpoint: Endpoint, step: Callable[[float], float]) -> float:
        async with self._moving[endpoint]:
            ours = self._free_at[endpoint]
            free_at = await self._moved_for_all(endpoint, lambda told: step(max(told, ours)))
            self._free_at[endpoint] = step(ours) if free_at is None else free_at
            return self._free_at[endpoint]

    async def _moved_for_all(self, endpoint: Endpoint, step: Callable[[float], float]) -> float | None:
        """None when nobody else knows of it."""
        if self._shared is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._shared.move(endpoint.label, step)
        except (TimeoutError, BusUnavailable) as error:
            logger.debug("keeps its own pace", action="pace_alone", endpoint=endpoint.label, why=type(error).__name__)
            return None
