"""Edge: walks the ledger for revisions that were released, have not ended, and that nobody has any more.

A file may wait for hours before it is exposed, and be fetched for hours: that is no reason to send it again. Nobody has
it if all of this is so, and is still so at the next walk:

- Nothing was told of it for `SILENCE_S`, and its attempt has not ended.
- The last that was told is not waiting for its reader: unread, in hand, or put off until later.
- The fileserver knows of no open exposure of it.

Then the next attempt is released. If the stream has an ending that never came here, that is taken over instead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from postflow.destination import Lane
from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.messages import FileEnded, FileReady
from postflow.pauses import Pauses
from postflow.questions import TransferAnswer
from postflow.reading import Delivery
from watcher.clock import Clock
from watcher.records import Underway
from watcher.told import Told, exposure_of, newest, reader_of

logger = get_logger(__name__)

SWEEP_S = 600.0
SILENCE_S = 600.0
"""Longer than any service needs from one message to the next, but for a fetch, which the fileserver knows of."""

PAGE = 500
MOST_SUSPECTS = 10_000
MOST_EXPOSURES = 3
"""Of an attempt, in all likelihood."""

CLOCKS_APART = timedelta(seconds=60)
"""Between our clock and the broker's, at most."""


class Ledger(Protocol):
    """Every call raises LedgerUnavailable."""

    def underway(self, after: str, limit: int) -> list[Underway]: ...


class Releases(Protocol):
    """Raises LedgerUnavailable."""

    def release_anew(self, ready: FileReady) -> bool: ...


class Broker(Protocol):
    """Every call raises BusUnavailable."""

    def forget(self) -> None: ...

    async def ready(self, file_id: str) -> list[Told]: ...

    async def rest(self, file_id: str) -> list[Told]: ...

    async def read_until(self, lane: Lane) -> datetime: ...

    async def is_waiting(self, durable: str, told: Told) -> bool: ...

    async def transfer(self, file_id: str, attempt: int, exposure: int) -> TransferAnswer: ...


@dataclass(frozen=True, slots=True)
class Suspect:
    """What was known of one that nobody seemed to have."""

    attempt: int
    sequence: int


class Sweep:
    """
    Args:
        endings: the handler of the endings that come by themselves.
        decided: called when there is something to publish.
    """

    def __init__(
        self,
        ledger: Ledger,
        releases: Releases,
        broker: Broker,
        endings: Callable[[Delivery], Awaitable[None]],
        clock: Clock,
        pauses: Callable[[], Pauses],
        *,
        filespace: str,
        large_bytes: int,
        decided: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._releases = releases
        self._broker = broker
        self._endings = endings
        self._clock = clock
        self._pauses = pauses
        self._filespace = filespace
        self._large_bytes = large_bytes
        self._decided = decided
        self._suspects: dict[str, Suspect] = {}

    async def walk(self) -> None:
        """What fails is left for the next walk."""
        try:
            await self._walk()
        except RetryableError as error:
            logger.warning("will look for forgotten files again", action="sweep_failed", why=str(error))
        except Exception as error:
            logger.error("looking for forgotten files broke", action="broken", exc_info=error)

    async def _walk(self) -> None:
        self._broker.forget()
        read_until = {lane: await self._broker.read_until(lane) + CLOCKS_APART for lane in Lane}
        suspects: dict[str, Suspect] = {}
        after = ""
        while page := await asyncio.to_thread(self._ledger.underway, after, PAGE):
            after = page[-1].file_id
            for one in page:
                if self._may_be_forgotten(one, read_until) and (suspect := await self._judge(one)):
                    suspects[one.file_id] = suspect
            while len(suspects) > MOST_SUSPECTS:
                suspects.popitem()
        self._suspects = suspects

    def _may_be_forgotten(self, one: Underway, read_until: Mapping[Lane, datetime]) -> bool:
        """Told without asking: a backlog of a hundred thousand is looked at in no time."""
        silent_since = self._clock.now() - timedelta(seconds=SILENCE_S)
        return one.released_at < min(silent_since, read_until[self._lane(one)])

    def _lane(self, one: Underway) -> Lane:
        return Lane.LARGE if one.size_bytes >= self._large_bytes else Lane.SMALL

    async def _judge(self, one: Underway) -> Suspect | None:
        """What is to be remembered of it if nobody seems to have it."""
        last = newest(await self._broker.ready(one.file_id), one.attempt)
        if last is not None and await self._broker.is_waiting(reader_of(last.message), last):
            return None
        story = [*([last] if last else []), *await self._broker.rest(one.file_id)]
        last = newest(story, one.attempt)
        if await (self._is_in_good_hands(last) if last else self._is_open_all_the_same(one)):
            return None
        suspect = Suspect(last.message.attempt if last else one.attempt, last.sequence if last else 0)
        if self._suspects.get(one.file_id) != suspect:
            return suspect
        if not self._pauses().why(one.destination.show, one.destination.route):
            await self._release_anew(one, suspect)
        return suspect

    async def _is_in_good_hands(self, last: Told) -> bool:
        message = last.message
        if await self._broker.is_waiting(reader_of(message), last):
            return True
        if isinstance(message, FileEnded):
            logger.warning(
                "learned an ending that had not come here",
                action="ending_found",
                file_id=message.file_id,
                path=message.path,
            )
            await self._endings(Delivery(message, last.sequence, 1))
            return True
        if message.at > self._clock.now() - timedelta(seconds=SILENCE_S):
            return True
        return (await self._broker.transfer(message.file_id, message.attempt, exposure_of(message))).is_open

    async def _is_open_all_the_same(self, one: Underway) -> bool:
        """The stream has lost its story; the fileserver has a ledger of its own."""
        for exposure in range(1, MOST_EXPOSURES + 1):
            if (await self._broker.transfer(one.file_id, one.attempt, exposure)).is_open:
                return True
        return False

    async def _release_anew(self, one: Underway, suspect: Suspect) -> None:
        ready = FileReady(
            file_id=one.file_id,
            filespace=self._filespace,
            path=one.path,
            size_bytes=one.size_bytes,
            mtime_ns=one.mtime_ns,
            changed_at=one.changed_at,
            attempt=suspect.attempt + 1,
            at=self._clock.now(),
            destination=one.destination,
            lane=self._lane(one),
        )
        if await asyncio.to_thread(self._releases.release_anew, ready):
            logger.warning(
                "nobody had it any more: released anew",
                action="released_anew",
                file_id=one.file_id,
                path=one.path,
                attempt=ready.attempt,
            )
            self._decided()
