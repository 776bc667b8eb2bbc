"""Pure: who may act on a delivery.

An acknowledgement is not fenced: a reader that slept for an hour may wake up and go on where it was. So each reader
first claims the delivery record with what is unique to its message, and only the latest claim may write it.
"""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """Compared in this order.

    Attributes:
        sequence: of the message in the stream; a scheduled retry has a later one than its original.
        delivery: how often that message has been delivered.
    """

    attempt: int
    exposure: int
    sequence: int
    delivery: int


class Standing(Enum):
    HOLDS = auto()
    """It outranks the claim on record: take it."""
    LOST = auto()
    """The same message is in somebody else's hands: no effect, no ack, no nak."""
    OBSOLETE = auto()
    """A later message carries on: this one has no use any more and may be acknowledged."""


def standing(mine: Claim, recorded: Claim | None) -> Standing:
    if recorded is None or mine > recorded:
        return Standing.HOLDS
    same_message = (mine.attempt, mine.exposure, mine.sequence) == (
        recorded.attempt,
        recorded.exposure,
        recorded.sequence,
    )
    return Standing.LOST if same_message else Standing.OBSOLETE
