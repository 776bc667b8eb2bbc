"""Pure: how long an address lives, by the two clocks of this machine. Time is an argument.

The time of day can be set back, and an address that went by it alone would outlive what was promised. The other clock
cannot be set, but says nothing of the time before it was first looked at.
"""

from dataclasses import dataclass
from datetime import datetime

from fileserver.exposure import Exposure


@dataclass(frozen=True, slots=True)
class Moment:
    """Attributes:
    at: the time of day.
    monotonic_s: on a clock that nobody can set; only differences mean anything.
    """

    at: datetime
    monotonic_s: float


def lives_until_s(there: Exposure, known: Moment) -> float:
    """On the monotonic clock.

    Args:
        known: when this process first knew of it: made it, or found it in the ledger. What is left of its life is
            told by the time of day then, and is never more than all of it.
    """
    left = min(there.expires_at - known.at, there.expires_at - there.opened_at)
    return known.monotonic_s + left.total_seconds()


def has_expired(there: Exposure, until_s: float, now: Moment) -> bool:
    """By whichever clock is the first to say so."""
    return there.expires_at <= now.at or until_s <= now.monotonic_s
