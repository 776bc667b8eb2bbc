"""Edge: what the stream holds of a file, and what its readers have not done with yet. Asked once in a while."""

from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

import nats.errors
from nats.js import errors as js_errors
from nats.js.api import RawStreamMsg

from postflow.bus import Bus
from postflow.decoding import decode
from postflow.destination import Lane
from postflow.errors import BusUnavailable, MalformedMessage
from postflow.messages import RoutedMessage
from postflow.questions import ASK_TRANSFER, TransferAnswer, TransferQuestion
from postflow.topology import STREAM, again_subject, later_subject
from watcher.told import EXPOSE, Told

BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

AFTER_READY = (
    *(f"postflow.file.stale.{lane}." for lane in Lane),
    *(f"postflow.file.{state}." for state in ("exposed", "delivered", "superseded", "failed")),
)

T = TypeVar("T")


class Broker:
    """Every method raises BusUnavailable."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._floors: dict[str, int] = {}

    def forget(self) -> None:
        """What follows is asked anew."""
        self._floors = {}

    async def ready(self, file_id: str) -> list[Told]:
        """The last `ready` of each lane."""
        return await self._last_of(f"postflow.file.ready.{lane}.{file_id}" for lane in Lane)

    async def rest(self, file_id: str) -> list[Told]:
        """The last message of each other kind that tells how far it has come."""
        return await self._last_of(start + file_id for start in AFTER_READY)

    async def read_until(self, lane: Lane) -> datetime:
        """When the last message came that the lane's reader is surely done with; END if it is done with all."""
        info = await _answered(self._bus.jetstream.consumer_info(STREAM, EXPOSE[lane]))
        if info is None:
            raise BusUnavailable(f"the durable {EXPOSE[lane]} is not there")
        if not info.num_pending and not info.num_ack_pending:
            return END
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        if not floor:
            return BEGINNING
        # The one at the floor itself may have been removed since.
        raw = await _answered(self._bus.jetstream.get_msg(STREAM, floor, "postflow.>", next=True))
        return raw.time if raw is not None and raw.time is not None else END

    async def is_waiting(self, durable: str, told: Told) -> bool:
        """Whether that reader has not done with a message: it is unread, in hand, or to be shown again later.

        May be true for a while of one that it has done with, when it has not done with an older one.
        """
        floor = await self._floor(durable)
        if told.sequence > floor:
            return True
        if await self._last(later_subject(durable, told.sequence)) is not None:
            return True
        again = await self._last(again_subject(durable, told.sequence))
        return again is not None and (again.seq or 0) > floor

    async def transfer(self, file_id: str, attempt: int, exposure: int) -> TransferAnswer:
        question = TransferQuestion(file_id=file_id, attempt=attempt, exposure=exposure)
        return await self._bus.ask(ASK_TRANSFER, question, TransferAnswer)

    async def _floor(self, durable: str) -> int:
        """All that is at or before it is done with; asked once, as it only rises."""
        if durable not in self._floors:
            info = await _answered(self._bus.jetstream.consumer_info(STREAM, durable))
            self._floors[durable] = info.ack_floor.stream_seq if info and info.ack_floor else 0
        return self._floors[durable]

    async def _last_of(self, subjects: Iterable[str]) -> list[Told]:
        found = [raw for subject in subjects if (raw := await self._last(subject)) is not None]
        return [told for raw in found if (told := _told(raw)) is not None]

    async def _last(self, subject: str) -> RawStreamMsg | None:
        return await _answered(self._bus.jetstream.get_last_msg(STREAM, subject, direct=True))


def _told(raw: RawStreamMsg) -> Told | None:
    """None if it cannot be read: then its reader has parked it, and it tells us nothing."""
    try:
        message = decode(raw.subject or "", raw.data or b"")
    except MalformedMessage:
        return None
    return Told(raw.seq or 0, message) if isinstance(message, RoutedMessage) else None


async def _answered(asked: Awaitable[T]) -> T | None:
    """None if there is no such thing."""
    try:
        return await asked
    except js_errors.NotFoundError:
        return None
    except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
        raise BusUnavailable(f"NATS did not answer: {type(error).__name__}") from error
