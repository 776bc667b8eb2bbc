"""Edge: what is told of troubles, kept in `posts` so that a restart forgets none.

The order: the card first, the record second. A crash in between brings the same message again, and the same card.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from notifier.cards import Wish, wish_for
from notifier.troubles import Troubles, heard, lapsed
from postflow.errors import NotYet, RecordConflict, RetryableError
from postflow.logs import get_logger
from postflow.messages import Condition
from postflow.reading import Delivery, Handler
from postflow.records import Held

logger = get_logger(__name__)

KEY = "troubles"
ANOTHER_WROTE_S = 1.0


class Kept(Protocol):
    """Raises RecordConflict and BusUnavailable."""

    async def get(self, key: str) -> Held[Troubles] | None: ...

    async def create(self, key: str, value: Troubles) -> Held[Troubles]: ...

    async def update(self, key: str, value: Troubles, *, held: Held[Troubles]) -> Held[Troubles]: ...


class Listening:
    def __init__(self, kept: Kept, show: Callable[[Wish], Awaitable[None]], *, now: Callable[[], datetime]) -> None:
        self._kept = kept
        self._show = show
        self._now = now
        self._since = now()
        self._one_at_a_time = asyncio.Lock()

    def or_else(self, others: Handler) -> Handler:
        """A handler that hears of troubles, and leaves what else comes to `others`."""

        async def handle(delivery: Delivery) -> None:
            if isinstance(delivery.message, Condition):
                await self.hear(delivery.message)
            else:
                await others(delivery)

        return handle

    async def hear(self, said: Condition) -> None:
        """Raises NotYet when another process spoke meanwhile."""
        async with self._one_at_a_time:
            held = await self._kept.get(KEY)
            troubles, told = heard(held.value if held else Troubles(), said, self._now())
            if told is not None:
                await self._tell(told)
            await self._keep(troubles, held)

    async def look(self) -> None:
        """End what nobody speaks of any more."""
        try:
            await self._look()
        except RetryableError as error:
            logger.warning("cannot look for what is over", action="look_failed", why=str(error))

    async def _look(self) -> None:
        async with self._one_at_a_time:
            held = await self._kept.get(KEY)
            if held is None:
                return
            troubles, over = lapsed(held.value, self._now(), listening_since=self._since)
            for told in over:
                await self._tell(told)
            await self._keep(troubles, held)

    async def _tell(self, told: Condition) -> None:
        wish = wish_for(told)
        if wish is not None:
            await self._show(wish)

    async def _keep(self, troubles: Troubles, held: Held[Troubles] | None) -> None:
        if troubles == (held.value if held else Troubles()):
            return
        try:
            await (self._kept.update(KEY, troubles, held=held) if held else self._kept.create(KEY, troubles))
        except RecordConflict as conflict:
            raise NotYet("another notifier heard of a trouble meanwhile", ANOTHER_WROTE_S) from conflict
