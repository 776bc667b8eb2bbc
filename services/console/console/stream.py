"""Edge: reads the stream from its beginning, in batches, in its order."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import nats.errors
from nats.aio.msg import Msg
from nats.js import errors as js_errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from console.original import Original
from postflow.bus import Bus
from postflow.clock import now
from postflow.errors import BusUnavailable
from postflow.topology import STREAM

BATCH = 500
FETCH_S = 10.0
FORGOTTEN_S = 60.0
"""NATS forgets a reader that died so long ago."""


class NoStream(BusUnavailable):
    """Provision has not run."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as the stream holds it. `payload` is empty if only headers were asked for."""

    subject: str
    sequence: int
    at: datetime
    dedupe_id: str
    payload: bytes


async def read(bus: Bus, subjects: Sequence[str], *, headers_only: bool = False) -> AsyncIterator[Stored]:
    """What is there now on these subjects. Raises BusUnavailable, NoStream."""
    wanted = ConsumerConfig(
        filter_subjects=list(subjects),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.NONE,
        headers_only=headers_only,
        mem_storage=True,
        inactive_threshold=FORGOTTEN_S,
    )
    try:
        reader = await bus.jetstream.add_consumer(STREAM, wanted)
    except js_errors.NotFoundError as error:
        raise NoStream("the stream POSTFLOW is not there: run `python -m postflow.provision`") from error
    except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
        raise BusUnavailable(f"NATS lets nobody read the stream: {type(error).__name__}") from error
    try:
        async for message in _all(bus, reader.name, reader.num_pending or 0):
            yield message
    finally:
        with suppress(TimeoutError, nats.errors.Error, js_errors.Error):
            await bus.jetstream.delete_consumer(STREAM, reader.name)


async def _all(bus: Bus, reader: str, left: int) -> AsyncIterator[Stored]:
    try:
        pulling = await bus.jetstream.pull_subscribe_bind(reader, STREAM)
        while left > 0:
            for message in await pulling.fetch(min(BATCH, left), timeout=FETCH_S):
                left = message.metadata.num_pending
                yield _stored(message)
        await pulling.unsubscribe()
    except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
        raise BusUnavailable(f"NATS stopped in the middle of the stream: {type(error).__name__}") from error


async def one(bus: Bus, sequence: int) -> Original | None:
    """A message; None if it is not there any more. Raises BusUnavailable."""
    try:
        raw = await bus.jetstream.get_msg(STREAM, sequence)
    except js_errors.NotFoundError:
        return None
    except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
        raise BusUnavailable(f"NATS gives no message: {type(error).__name__}") from error
    return Original(raw.subject or "", raw.time or now(), raw.headers or {}, raw.data or b"")


def _stored(message: Msg) -> Stored:
    about = message.metadata
    dedupe_id = (message.headers or {}).get("Nats-Msg-Id", "")
    return Stored(message.subject, about.sequence.stream, about.timestamp, dedupe_id, message.data)
