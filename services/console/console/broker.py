"""Edge: asks NATS about itself."""

from collections.abc import Awaitable
from typing import TypeVar

import nats.errors
from nats.js import errors as js_errors
from nats.js.api import ConsumerInfo

from console import parking
from console.facts import Backlog, Facts, JetStream, Stream
from console.switches import pauses
from postflow.bus import Bus
from postflow.errors import BusUnavailable
from postflow.topology import BUCKETS, DURABLES, STREAM

T = TypeVar("T")


async def facts(bus: Bus, *, max_file_store_bytes: int | None) -> Facts:
    """
    Args:
        max_file_store_bytes: what the server was told, which it tells no client.

    Raises:
        BusUnavailable: NATS went away meanwhile.
    """
    version = bus.client.connected_server_version
    known = Facts(
        version=(version.major, version.minor, version.patch),
        version_text=f"nats-server {version.major}.{version.minor}.{version.patch}",
    )
    account = await _found(bus.jetstream.account_info())
    if account is None:
        return known
    of_account = account.limits.max_storage if account.limits.max_storage > 0 else None
    jetstream = JetStream(stored_bytes=account.storage, limit_bytes=of_account or max_file_store_bytes)
    stream = await _found(bus.jetstream.stream_info(STREAM, subjects_filter=parking.NOTES))
    if stream is None:
        return known.model_copy(update={"jetstream": jetstream})
    return known.model_copy(
        update={
            "jetstream": jetstream,
            "stream": Stream(messages=stream.state.messages, stored_bytes=stream.state.bytes),
            "durables": await _durables(bus),
            "buckets": await _buckets(bus),
            "parked": await parking.count(bus) if stream.state.subjects else 0,
            "pauses": await pauses(bus),
        }
    )


async def _durables(bus: Bus) -> tuple[Backlog, ...]:
    found: list[ConsumerInfo] = []
    for name in DURABLES:
        if info := await _found(bus.jetstream.consumer_info(STREAM, name)):
            found.append(info)
    return tuple(
        Backlog(name=info.name, unread=info.num_pending or 0, in_hand=info.num_ack_pending or 0) for info in found
    )


async def _buckets(bus: Bus) -> tuple[str, ...]:
    return tuple([name for name in BUCKETS if await _found(bus.jetstream.stream_info(f"KV_{name}"))])


async def _found(asked: Awaitable[T]) -> T | None:
    """None if there is no such thing. Raises BusUnavailable."""
    try:
        return await asked
    except (js_errors.NotFoundError, js_errors.ServiceUnavailableError, nats.errors.NoRespondersError):
        return None
    except js_errors.APIError as error:
        raise BusUnavailable(f"NATS refuses: {error.description or error}") from error
    except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
        raise BusUnavailable(f"NATS does not answer: {type(error).__name__}") from error
