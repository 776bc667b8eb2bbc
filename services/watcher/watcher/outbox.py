"""Edge: publish what was decided, from the ledger, in order. The order of writes is at the top of `watcher.seen`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from postflow import attributes
from postflow.decoding import decode
from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.messages import FileMessage, FileReady, Message
from postflow.telemetry import Telemetry, hanging_from_root
from postflow.waiting import until_set
from watcher.clock import Clock
from watcher.records import Unsent

logger = get_logger(__name__)

AT_ONCE = 16
RETRY_S = 1.0
STOP_S = 2.0
"""How long a publication may go on after the watcher was asked to stop."""


class Ledger(Protocol):
    """Every call raises LedgerUnavailable."""

    def unsent(self, limit: int) -> list[Unsent]: ...

    def sent(self, messages: Sequence[tuple[Unsent, Message]], at: datetime) -> None: ...


class Outbox:
    """Only one may run for a ledger.

    Args:
        publish: returns when the stream has the message; raises BusUnavailable.
    """

    def __init__(
        self, ledger: Ledger, publish: Callable[[Message], Awaitable[None]], telemetry: Telemetry, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._publish = publish
        self._telemetry = telemetry
        self._clock = clock
        self._filled = asyncio.Event()

    def wake(self) -> None:
        """There is something to publish."""
        self._filled.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish whatever is there, now and whenever woken, until `stop`."""
        self.wake()
        while not stop.is_set():
            self._filled.clear()
            publishing = asyncio.create_task(self._publish_all())
            await _first_of(publishing, stop.wait())
            if not publishing.done():
                # It may be waiting for NATS; what is not published stays in the ledger.
                await asyncio.wait((publishing,), timeout=STOP_S)
                publishing.cancel()
                return
            if not publishing.result():
                self.wake()
                await until_set(stop, RETRY_S)
            await _first_of(self._filled.wait(), stop.wait())

    async def _publish_all(self) -> bool:
        """False if it must be tried again."""
        try:
            while await self.publish_some():
                pass
        except RetryableError as error:
            logger.warning("will publish later", action="publish_retry", why=str(error), in_s=RETRY_S)
            return False
        return True

    async def publish_some(self) -> bool:
        """Publish the oldest messages; False if there were none.

        Raises:
            RetryableError: NATS or the ledger failed; what was published meanwhile is noted as far as it can be.
        """
        unsent = await asyncio.to_thread(self._ledger.unsent, AT_ONCE)
        messages = [decode(one.subject, one.payload) for one in unsent]
        ends = await asyncio.gather(*(self._send(message) for message in messages), return_exceptions=True)
        sent = [pair for pair, end in zip(zip(unsent, messages, strict=True), ends, strict=True) if end is None]
        if sent:
            await asyncio.to_thread(self._ledger.sent, sent, self._clock.now())
        for end in ends:
            if end is not None:
                raise end
        return bool(unsent)

    async def _send(self, message: Message) -> None:
        if not isinstance(message, FileMessage):
            await self._publish(message)
            return
        with hanging_from_root(message.file_id, message.attempt):
            await self._publish(message)
        if isinstance(message, FileReady):
            self._tell(message)

    def _tell(self, ready: FileReady) -> None:
        now = self._clock.now()
        to = ready.destination
        self._telemetry.past(
            "release",
            file_id=ready.file_id,
            attempt=ready.attempt,
            start=ready.changed_at,
            end=max(now, ready.changed_at),
            attributes={
                attributes.FILE_ID: ready.file_id,
                attributes.PATH: ready.path,
                attributes.SIZE: ready.size_bytes,
                attributes.ATTEMPT: ready.attempt,
                attributes.ROUTE: to.route,
                attributes.LANE: ready.lane,
            },
        )
        logger.info(
            "ready",
            action="ready",
            file_id=ready.file_id,
            path=ready.path,
            attempt=ready.attempt,
            size_bytes=ready.size_bytes,
            lane=ready.lane,
            route=to.route,
            goes_to="/".join((to.project, *to.folder, to.name)),
            waited_s=round((now - ready.changed_at).total_seconds(), 3),
            **({"inbox_reason": to.inbox_reason} if to.inbox_reason else {}),
        )


async def _first_of(*works: Awaitable[object]) -> None:
    """Wait until one is done; those that were made for this alone are given up."""
    tasks = [asyncio.ensure_future(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task, work in zip(tasks, works, strict=True):
        if task is not work:
            task.cancel()
