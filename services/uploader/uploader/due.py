"""Pure: what the sweep does about a delivery that has not been heard of for long.

Nothing may hang on one message. A message that was settled comes no more; a delivery that has not ended and for which
no message is on its way is taken up again, by its own message once more, so that the usual order of claims applies.
"""

from dataclasses import dataclass
from enum import Enum, auto

from uploader.books import DeliveryRecord, Stage


class Step(Enum):
    LEAVE = auto()
    """It has ended, somebody is at it, or a message will bring it on."""
    TAKE_UP = auto()
    """Publish its message again, for the uploader alone."""
    ASK_AGAIN = auto()
    """Ask the fileserver once more for another address."""
    CLOSE = auto()
    """Somebody else has told its end: write that down."""
    LOST = auto()
    """Its message is not in the stream any more; only a new attempt can bring it on."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the stream tells of one delivery.

    Attributes:
        carrier: sequence of the last message that would carry it on, be it scheduled anew or the original; None when
            the stream holds none of this exposure or a later one.
        scheduled: a retry of it is due at a later time.
        floor: every message of the uploader's up to here is settled.
        newest: the last sequence of the stream.
        asked: the request for another address still lies before the fileserver.
        ended: an ending of this attempt, or a later one, is in the stream.
    """

    carrier: int | None
    scheduled: bool
    floor: int
    newest: int
    asked: bool = False
    ended: bool = False


def is_open(record: DeliveryRecord) -> bool:
    """Whether there is still something to do."""
    return not record.is_over or record.doubt is not None


def step(record: DeliveryRecord, seen: Seen) -> Step:
    """Given a record that nobody has written for long."""
    if not is_open(record):
        return Step.LEAVE
    if seen.carrier is None or record.sequence > seen.newest:
        return Step.LOST
    if seen.scheduled:
        return Step.LEAVE
    if seen.carrier > record.sequence:
        return Step.LEAVE if seen.carrier > seen.floor else Step.TAKE_UP
    if record.stage is Stage.STALE:
        return _waiting_for_an_address(seen)
    is_held = record.live and record.sequence > seen.floor  # its reader is at it, or its message comes again
    return Step.LEAVE if is_held else Step.TAKE_UP


def _waiting_for_an_address(seen: Seen) -> Step:
    if seen.ended:
        return Step.CLOSE
    return Step.LEAVE if seen.asked else Step.ASK_AGAIN
