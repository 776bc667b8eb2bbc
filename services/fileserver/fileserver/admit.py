"""Pure: from what a request says to the exposure it may read, or a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fileserver.exposure import Exposure
from fileserver.lifetime import Moment
from fileserver.signing import Address

BAD_REQUEST = 400
NOT_FOUND = 404
CONFLICT = 409
GONE = 410
TOO_MANY = 429
CLIENT_LEFT = 499
"""For log and metrics: it is sent to nobody."""
UNAVAILABLE = 503


class Keys(Protocol):
    def signed(self, address: Address) -> bool: ...


class Open(Protocol):
    record: Exposure

    def has_expired(self, now: Moment) -> bool: ...


@dataclass(frozen=True, slots=True)
class Refused:
    """Attributes:
    why: for our log; the answer tells nobody.
    """

    status: int
    why: str


CHANGED = Refused(CONFLICT, "the revision changed")
CROWDED = Refused(TOO_MANY, "too many requests for this exposure at once")


def admit(address: Address, *, keys: Keys, find: Callable[[str], Open | None], now: Moment) -> Exposure | Refused:
    """Which exposure an address opens.

    Args:
        find: the open exposure of that id.
    """
    if not keys.signed(address):
        return Refused(NOT_FOUND, "not signed by us")
    if int(address.expires) <= now.at.timestamp():
        return Refused(GONE, "expired")
    there = find(address.exposure_id)
    if there is None:
        return Refused(GONE, "ended")
    if there.has_expired(now):
        return Refused(GONE, "expired")
    return CHANGED if there.record.tainted else there.record
