"""Edge: which messages would still carry a delivery on, as the stream and its readers tell."""

from collections.abc import Iterator
from contextlib import contextmanager

import nats.errors
from nats.js import errors as js_errors

from postflow.bus import Bus
from postflow.decoding import decode
from postflow.errors import BusUnavailable, MalformedMessage
from postflow.messages import FileDelivered, FileExposed, FileFailed, FileMessage, FileStale, FileSuperseded
from postflow.settling import DEFECTS, ORIGINAL_SUBJECT
from postflow.topology import STREAM, again_subject, later_subject
from uploader.books import DeliveryRecord
from uploader.due import Seen

DURABLE = "uploader"

Found = tuple[int, FileMessage]


class Carriers:
    """Every call raises BusUnavailable when NATS does not answer. The floors are those of when `refresh` was called:
    whatever had been settled by then had left its schedule in the stream, or its end in the ledger."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._floors: dict[str, int] = {}
        self._newest = 0

    async def refresh(self) -> None:
        self._floors.clear()
        with _translated():
            self._newest = (await self._bus.jetstream.stream_info(STREAM)).state.last_seq
        await self._floor(DURABLE)

    async def exposed(self, file_id: str, record: DeliveryRecord) -> tuple[int, FileExposed] | None:
        """The last address of a file, if it is the one on record or a later one."""
        found = await self._last(FileExposed.pattern.format(file_id=file_id))
        if found is None or not isinstance(found[1], FileExposed):
            return None
        message = found[1]
        is_current = (message.attempt, message.exposure) >= (record.attempt, record.exposure)
        return (found[0], message) if is_current else None

    async def seen(self, record: DeliveryRecord, exposed: tuple[int, FileExposed] | None) -> Seen:
        floor = await self._floor(DURABLE)
        if exposed is None:
            return Seen(carrier=None, scheduled=False, floor=floor, newest=self._newest)
        original, message = exposed
        # In this order: a schedule that is due is purged when its copy has been stored.
        scheduled = await self._sequence(later_subject(DURABLE, original)) is not None
        again = await self._sequence(again_subject(DURABLE, original))
        return Seen(
            carrier=max(original, again or 0),
            scheduled=scheduled,
            floor=floor,
            newest=max(self._newest, original, again or 0),
            asked=await self._is_asked(record, message),
            ended=await self.ending(record, message) is not None,
        )

    async def ending(self, record: DeliveryRecord, message: FileExposed) -> FileMessage | None:
        """How somebody else has ended this attempt, or a later one."""
        for kind in (FileFailed, FileSuperseded, FileDelivered):
            found = await self._last(kind.pattern.format(file_id=message.file_id))
            if found is not None and found[1].attempt >= record.attempt:
                return found[1]
        return None

    async def take_up(self, original: int, message: FileExposed, *, revision: int) -> None:
        """Show its message to the uploaders once more.

        Args:
            revision: of its record: replicas that sweep at once publish it once.
        """
        headers = {
            ORIGINAL_SUBJECT: message.subject,
            DEFECTS: "0",
            "Nats-Msg-Id": f"{message.file_id}.again.{revision}",
        }
        await self._bus.publish_raw(again_subject(DURABLE, original), message.model_dump_json().encode(), headers)

    async def _is_asked(self, record: DeliveryRecord, message: FileExposed) -> bool:
        durable = f"fileserver-expose-{message.lane.value}"
        found = await self._last(FileStale.pattern.format(lane=message.lane.value, file_id=message.file_id))
        if found is None or (found[1].attempt, found[1].exposure) != (record.attempt, record.exposure):
            return False
        floor = await self._floor(durable)
        if found[0] > floor or await self._sequence(later_subject(durable, found[0])) is not None:
            return True
        return (await self._sequence(again_subject(durable, found[0])) or 0) > floor

    async def _floor(self, durable: str) -> int:
        if durable not in self._floors:
            with _translated():
                info = await self._bus.jetstream.consumer_info(STREAM, durable)
            self._floors[durable] = info.ack_floor.stream_seq if info.ack_floor else 0
        return self._floors[durable]

    async def _sequence(self, subject: str) -> int | None:
        with _translated():
            try:
                return (await self._bus.jetstream.get_msg(STREAM, subject=subject)).seq
            except js_errors.NotFoundError:
                return None

    async def _last(self, subject: str) -> Found | None:
        with _translated():
            try:
                raw = await self._bus.jetstream.get_msg(STREAM, subject=subject)
            except js_errors.NotFoundError:
                return None
        try:
            message = decode(subject, raw.data or b"")
        except MalformedMessage:
            return None
        return (raw.seq or 0, message) if isinstance(message, FileMessage) else None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (TimeoutError, nats.errors.Error, js_errors.Error, OSError) as error:
        raise BusUnavailable(f"NATS does not tell what is under way: {type(error).__name__}") from error
