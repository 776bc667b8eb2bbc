"""Edge: what is told of troubles, kept in `posts` so that a restart forgets none.

The order: the record first, then the card, then, of an end, that it was shown. After a crash or a refusal in between
the message comes again, or the next look is due, and the same card is brought to what is on record: a word that could
not be shown is not forgotten, and does not tell later of what is over by then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from notifier.card import Wish
from notifier.cards import wish_for
from notifier.troubles import Troubles, heard, lapsed
from postflow.errors import BusUnavailable, NotYet, PermanentError, PostFlowError, RecordConflict
from postflow.logs import get_logger
from postflow.messages import Condition, ConditionState
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
        """Raises NotYet when another process spoke meanwhile, and whatever kept people from being told."""
        troubles = await self._change(lambda troubles: heard(troubles, said, self._now()))
        await self._tell(troubles.to_show(said.name))

    async def look(self) -> None:
        """End what nobody speaks of any more."""
        try:
            troubles = await self._change(lambda troubles: lapsed(troubles, self._now(), listening_since=self._since))
            await self._tell(troubles.over)
        except PostFlowError as error:
            if isinstance(error, BusUnavailable):
                self._since = self._now()  # nobody could be heard
            logger.warning("cannot look for what is over", action="look_failed", why=str(error))

    async def _tell(self, to_show: Mapping[str, Condition]) -> None:
        for key, told in to_show.items():
            wish = wish_for(told)
            try:
                if wish is not None:
                    await self._show(replace(wish, key=key))
            except PermanentError:
                await self._shown(key, told)  # and never will be, however often it is tried
                raise
            await self._shown(key, told)

    async def _shown(self, key: str, told: Condition) -> None:
        if told.state is ConditionState.CLEARED:
            await self._change(lambda troubles: troubles.without_end(key))

    async def _change(self, change: Callable[[Troubles], Troubles]) -> Troubles:
        async with self._one_at_a_time:
            held = await self._kept.get(KEY)
            before = held.value if held else Troubles()
            troubles = change(before)
            if troubles != before:
                await self._keep(troubles, held)
            return troubles

    async def _keep(self, troubles: Troubles, held: Held[Troubles] | None) -> None:
        try:
            await (self._kept.update(KEY, troubles, held=held) if held else self._kept.create(KEY, troubles))
        except RecordConflict as conflict:
            raise NotYet("another notifier heard of a trouble meanwhile", ANOTHER_WROTE_S) from conflict
