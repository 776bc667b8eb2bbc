"""Edge: take messages of a durable, hand each to its handler, keep it alive meanwhile, settle it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import errors as js_errors
from nats.js.client import JetStreamContext
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram
from structlog.contextvars import bound_contextvars

from postflow import attributes
from postflow.bus import Bus
from postflow.decoding import decode
from postflow.errors import PostFlowError
from postflow.logs import get_logger
from postflow.messages import FileMessage, Message
from postflow.settlement import Ack, Later, LetGo, Park, Redeliver, Settlement, decide, is_unforeseen
from postflow.settling import ORIGINAL_SUBJECT, Settler, quietly
from postflow.telemetry import hanging_from_root
from postflow.topology import DURABLES, STREAM, Durable
from postflow.waiting import Stopped, unless

logger = get_logger(__name__)

FETCH_TIMEOUT_S = 2.0
"""A pull that is lost to a restart of the server is never sent again: this is how long it is missed."""

AWAY_LOOK_S = 0.2

DRAIN_S = 20.0
"""How long handlers may go on after the service was asked to stop; a container is given 30 s."""

SETTLED = Counter("postflow_settled_total", "Messages by how they ended", ["durable", "settlement"])
HANDLING = Histogram("postflow_handling_seconds", "Time a handler took", ["durable"])


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, delivered once more.

    Attributes:
        sequence: its place in the stream; that of a scheduled retry is later than its original's.
        count: how often this message was delivered, this time included.
        defects: how often its handler has ended unforeseen before.
    """

    message: Message
    sequence: int
    count: int
    defects: int = 0


Handler = Callable[[Delivery], Awaitable[None]]


class Reader:
    """Reads one durable for one service.

    Args:
        slots: messages in hand at once.
        permit: awaited before each fetch; returns when there is room for one more.
    """

    def __init__(
        self,
        bus: Bus,
        durable: str,
        handler: Handler,
        *,
        service: str,
        slots: int = 1,
        permit: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._bus = bus
        self._durable = DURABLES[durable]
        self._handler = handler
        self._settler = Settler(bus, self._durable, service)
        self._slots = asyncio.Semaphore(slots)
        self._permit = permit
        self._in_hand: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`, then finish what is in hand."""
        subscription = await self._bus.jetstream.pull_subscribe_bind(consumer=self._durable.name, stream=STREAM)
        try:
            while await self._room(stop):
                message = await _fetch(subscription, self._bus.client)
                if message is None:
                    self._slots.release()
                    continue
                task = asyncio.create_task(self._process(message))
                self._in_hand.add(task)
                task.add_done_callback(self._finished)
        finally:
            await self._drain()

    async def _room(self, stop: asyncio.Event) -> bool:
        """Wait for a free slot and for the permit; False when the service stops first."""
        try:
            await unless(stop, self._slots.acquire())
            if self._permit is not None:
                await unless(stop, self._permit())
        except Stopped:
            return False
        return not stop.is_set()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._slots.release()
        if not task.cancelled() and task.exception() is not None:
            logger.error("a message could not be settled", action="settle_failed", exc_info=task.exception())

    async def _drain(self) -> None:
        if not self._in_hand:
            return
        _, late = await asyncio.wait(self._in_hand, timeout=DRAIN_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _process(self, raw: Msg) -> None:
        started = time.monotonic()
        metadata, defects = raw.metadata, self._settler.defects(raw)
        subject = (raw.headers or {}).get(ORIGINAL_SUBJECT, raw.subject)
        message: Message | None = None
        error: Exception | None = None
        try:
            message = decode(subject, raw.data)
            delivery = Delivery(message, metadata.sequence.stream, metadata.num_delivered, defects)
            async with _kept_alive(raw, self._durable.ack_wait_s):
                with _told_of(message), self._span(message, raw.headers or {}):
                    await self._handler(delivery)
        except asyncio.CancelledError:
            await quietly(raw.nak())
            raise
        except Exception as caught:
            error = caught
        defects += is_unforeseen(error)
        settlement = decide(error, metadata.num_delivered, defects=defects)
        self._tell(settlement, error, subject, message, time.monotonic() - started)
        await self._settler.settle(raw, subject, message, settlement, defects=defects)

    @contextmanager
    def _span(self, message: Message, headers: dict[str, str]) -> Iterator[None]:
        if not isinstance(message, FileMessage):
            yield
            return
        if self._durable.long_running:
            with hanging_from_root(message.file_id, message.attempt):
                yield
            return
        with self._bus.telemetry.stage(
            f"process {message.template()}",
            file_id=message.file_id,
            attempt=message.attempt,
            kind=SpanKind.CONSUMER,
            attributes=_about_processing(self._durable, message),
            link=headers,
        ):
            yield

    def _tell(
        self,
        settlement: Settlement,
        error: Exception | None,
        subject: str,
        message: Message | None,
        elapsed_s: float,
    ) -> None:
        outcome = type(settlement).__name__.lower()
        SETTLED.labels(self._durable.name, outcome).inc()
        HANDLING.labels(self._durable.name).observe(elapsed_s)
        facts: dict[str, object] = {"durable": self._durable.name, "subject": subject, "settlement": outcome}
        if isinstance(message, FileMessage):
            facts |= {"file_id": message.file_id, "path": message.path}
        match settlement:
            case Ack() | LetGo():
                logger.debug("settled", action="settled", **facts)
            case Park():
                logger.error("parked", action="parked", why=settlement.why, what_to_do=settlement.what_to_do, **facts)
            case Redeliver(delay_s) | Later(delay_s):
                unforeseen = error if not isinstance(error, PostFlowError) else None
                logger.info(
                    "will look again",
                    action="retry",
                    in_s=delay_s,
                    why=str(error) if unforeseen is None else type(error).__name__,
                    exc_info=unforeseen,
                    **facts,
                )


async def _fetch(subscription: JetStreamContext.PullSubscription, client: Client) -> Msg | None:
    if not client.is_connected:
        # What is asked for meanwhile is answered all at once later, and rests here unread until others have it too.
        await asyncio.sleep(AWAY_LOOK_S)
        return None
    try:
        messages = await subscription.fetch(1, timeout=FETCH_TIMEOUT_S)
    except TimeoutError:
        return None
    except (nats.errors.Error, js_errors.Error) as error:
        logger.warning("cannot fetch", action="fetch_failed", why=type(error).__name__)
        await asyncio.sleep(1)
        return None
    return messages[0] if messages else None


@asynccontextmanager
async def _kept_alive(raw: Msg, ack_wait_s: float) -> AsyncIterator[None]:
    """Tell the server, three times per `ack_wait`, that the message is in good hands."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(ack_wait_s / 3)
            await quietly(raw.in_progress())

    task = asyncio.create_task(tell())
    try:
        yield
    finally:
        task.cancel()


def _told_of(message: Message) -> AbstractContextManager[None]:
    """Every line that is logged meanwhile says which file it is about."""
    if isinstance(message, FileMessage):
        return bound_contextvars(file_id=message.file_id, path=message.path)
    return nullcontext()


def _about_processing(durable: Durable, message: FileMessage) -> dict[str, str | int | float | bool]:
    return {
        "messaging.system": "nats",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.template": message.template(),
        "messaging.consumer.group.name": durable.name,
        attributes.FILE_ID: message.file_id,
        attributes.PATH: message.path,
        attributes.ATTEMPT: message.attempt,
    }
