"""Edge: carry out what `postflow.settlement` decided about a message."""

from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta

import nats.errors
from nats.aio.msg import Msg

from postflow.bus import Bus
from postflow.clock import now
from postflow.logs import get_logger
from postflow.messages import FileFailed, Message, Parked, RoutedMessage, about
from postflow.settlement import Ack, Later, LetGo, Park, Redeliver, Settlement
from postflow.topology import Durable, again_subject, later_subject

logger = get_logger(__name__)

ORIGINAL_SUBJECT = "Postflow-Subject"
"""Header of a scheduled retry: the subject its message first came on."""

DEFECTS = "Postflow-Defects"
"""Header of a scheduled retry: how often the handler of its message has ended unforeseen."""

ACK_TIMEOUT_S = 5.0


class Settler:
    """Settles the messages of one durable for one service."""

    def __init__(self, bus: Bus, durable: Durable, service: str) -> None:
        self._bus = bus
        self._durable = durable
        self._service = service
        self._defects: dict[int, int] = {}

    def defects(self, raw: Msg) -> int:
        """How often the handler of this message has ended unforeseen so far, as this process knows.

        The server's count of deliveries does not tell: it counts waits too, and begins anew with a scheduled retry.
        """
        return self._defects.get(raw.metadata.sequence.stream) or int((raw.headers or {}).get(DEFECTS, 0))

    async def settle(
        self, raw: Msg, subject: str, message: Message | None, settlement: Settlement, *, defects: int
    ) -> None:
        """Raises BusUnavailable when a schedule or a notice could not be stored; the message then comes again."""
        self._remember(raw, settlement, defects)
        match settlement:
            case Ack():
                await _acknowledged(raw)
            case Redeliver(delay_s):
                await quietly(raw.nak(delay=delay_s))
            case Later(delay_s):
                await self._schedule(raw, subject, delay_s, defects)
                await _acknowledged(raw)
            case Park():
                await self._park(raw, subject, message, settlement)
                await _acknowledged(raw)
            case LetGo():
                pass

    def _remember(self, raw: Msg, settlement: Settlement, defects: int) -> None:
        """For as long as the message comes back as it is."""
        if isinstance(settlement, Redeliver) and defects:
            self._defects[raw.metadata.sequence.stream] = defects
        else:
            self._defects.pop(raw.metadata.sequence.stream, None)

    async def _schedule(self, raw: Msg, subject: str, delay_s: float, defects: int) -> None:
        due = now() + timedelta(seconds=delay_s)
        sequence = _original_sequence(raw)
        headers = {name: value for name, value in (raw.headers or {}).items() if name == "traceparent"}
        headers |= {
            "Nats-Schedule": f"@at {due:%Y-%m-%dT%H:%M:%SZ}",
            "Nats-Schedule-Target": again_subject(self._durable.name, sequence),
            ORIGINAL_SUBJECT: subject,
            DEFECTS: str(defects),
        }
        await self._bus.publish_raw(later_subject(self._durable.name, sequence), raw.data, headers)

    async def _park(self, raw: Msg, subject: str, message: Message | None, park: Park) -> None:
        """Tell first, acknowledge second: a crash in between repeats a notice instead of losing a file."""
        at = now()
        told = {"code": park.code, "why": park.why, "what_to_do": park.what_to_do, "at": at}
        shown, sequence = int(raw.metadata.sequence.stream), _original_sequence(raw)
        parked = {"durable": self._durable.name, "sequence": sequence, "original_subject": subject}
        parked |= {"retry": shown if shown != sequence else 0}
        await self._bus.publish(Parked.model_validate(parked | told))
        if self._durable.carries and isinstance(message, RoutedMessage):
            failed = about(message, at=at) | {"service": self._service} | told
            await self._bus.publish(FileFailed.model_validate(failed))


async def quietly(answer: Awaitable[None]) -> None:
    """Send an answer that may get lost: the message then comes again after its `ack_wait`."""
    with suppress(nats.errors.Error):
        await answer


async def _acknowledged(raw: Msg) -> None:
    """Wait until the server knows. If it does not answer, the message comes again, and handlers bear that."""
    try:
        await raw.ack_sync(timeout=ACK_TIMEOUT_S)
    except (TimeoutError, nats.errors.Error) as error:
        logger.warning("the acknowledgement may be lost", action="ack_failed", why=type(error).__name__)


def _original_sequence(raw: Msg) -> int:
    """Of a scheduled retry, the sequence of the message it repeats: the last token of its subject."""
    if raw.subject.startswith("postflow.again."):
        return int(raw.subject.rsplit(".", 1)[1])
    return int(raw.metadata.sequence.stream)
