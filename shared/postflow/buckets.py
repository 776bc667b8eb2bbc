"""Edge: which buckets are missing. One that was there and is lost is no new one: whoever went on without it would act
as if nothing had ever happened.

The stream's metadata says which buckets were ever made beside it. Of a stream that says nothing all were.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import nats.errors
from nats.js import errors as js_errors
from nats.js.api import StreamInfo
from nats.js.client import JetStreamContext

from postflow.checks import Check
from postflow.errors import BusUnavailable
from postflow.topology import BUCKETS, STREAM

NOTE = "postflow-buckets"
"""Key of the stream's metadata."""

PROVISION = "Run `python -m postflow.provision`."

WITHOUT = {
    "exposures": "what is being fetched now is sent again, and a signing key that was made by itself is made anew",
    "deliveries": "what is being delivered now may arrive twice: look at those files in Frame.io",
    "assets": "what is being delivered now may arrive twice: look at those files in Frame.io",
    "folders": "nothing is lost: folders are looked for again",
    "budget": "nothing is lost: the pace towards Frame.io is counted afresh",
    "posts": "cards of files that are underway are posted a second time",
    "switches": "what was paused goes on",
    "cursors": "nothing is lost: LucidLink's audit trail is heard from now on",
    "tokens": "somebody has to sign in again, with `postflow login`",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """
    Attributes:
        lost: buckets that were there; without them nobody may go on.
        new: buckets that this release needs and that were never made.
    """

    lost: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


async def missing(jetstream: JetStreamContext) -> Missing:
    """Errors of JetStream itself pass through."""
    stream = await _found(jetstream, STREAM)
    absent = [bucket for bucket in BUCKETS if await _found(jetstream, f"KV_{bucket}") is None]
    made = _made(stream)
    return Missing(
        lost=tuple(bucket for bucket in absent if bucket in made),
        new=tuple(bucket for bucket in absent if bucket not in made),
    )


def noted(metadata: dict[str, str] | None) -> dict[str, str]:
    """The stream's metadata once all buckets are there."""
    return {**(metadata or {}), NOTE: ",".join(BUCKETS)}


def why(lost: Iterable[str]) -> str:
    return f"{_named(lost)}, lost while the stream holds messages"


def what_to_do(lost: Iterable[str]) -> str:
    names = tuple(lost)
    without = "; ".join(dict.fromkeys(WITHOUT.get(name, "nobody knows what follows") for name in names))
    return (
        "Restore the volume of NATS from a backup. Or have provision make it anew, empty, with "
        f"PROVISION_REMAKE={','.join(names)}: {without}."
    )


async def trouble(jetstream: JetStreamContext) -> Check | None:
    """Why nobody may work now; None if every bucket is there.

    Raises:
        BusUnavailable: nobody can tell.
    """
    try:
        absent = await missing(jetstream)
    except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
        raise BusUnavailable(f"NATS does not say which buckets there are: {type(error).__name__}") from error
    if absent.lost:
        return Check(False, why(absent.lost), what_to_do(absent.lost))
    if absent.new:
        return Check(False, f"{_named(absent.new)}, which this release needs", PROVISION)
    return None


def _made(stream: StreamInfo | None) -> tuple[str, ...]:
    if stream is None or not stream.state.last_seq:
        return ()
    said = (stream.config.metadata or {}).get(NOTE)
    return tuple(said.split(",")) if said is not None else BUCKETS


async def _found(jetstream: JetStreamContext, stream: str) -> StreamInfo | None:
    try:
        return await jetstream.stream_info(stream)
    except js_errors.NotFoundError:
        return None


def _named(buckets: Iterable[str]) -> str:
    names = tuple(buckets)
    return f"the bucket {names[0]}" if len(names) == 1 else f"the buckets {', '.join(names)}"
