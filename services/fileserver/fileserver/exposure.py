"""Pure: one exposure from opening to end, the window of open ones, and which message leads to what.

The ledger keeps one record for each file: that of its latest exposure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field

from fileserver import ranges
from postflow.destination import Destination, Frozen, Lane
from postflow.messages import FileStale, Refusal, RoutedMessage

STALE = FileStale.state
EXPIRED = "expired"
ADDRESS_LOST = "address lost"
"""The tunnel has another name, or none any more."""

LONGEST_REST = timedelta(seconds=60)
"""Between two parts of one fetch, the time that we need to start included."""


class State(StrEnum):
    OPEN = "open"
    REVOKED = "revoked"
    """It is of no use any more: `ended_why` is the state that a message told, or ADDRESS_LOST."""
    EXPIRED = "expired"
    REFUSED = "refused"
    """Never opened: what was announced is not on the volume."""


class Exposure(Frozen):
    """The latest exposure of a file; number 0 if the attempt ended before there was one."""

    file_id: str
    filespace: str
    path: str
    size_bytes: int
    mtime_ns: int
    changed_at: AwareDatetime
    written_by: str | None = None
    attempt: int
    exposure: int
    destination: Destination
    lane: Lane
    again: bool = False

    state: State
    exposure_id: str = Field(default="", repr=False)
    """Part of its address; empty for one that was never open."""
    base_url: str = ""
    """The public name that it was opened under; it lives and dies with that one."""
    opened_at: AwareDatetime
    expires_at: AwareDatetime
    announced: bool = False
    """Whether `exposed` was surely published: if not, it is published again."""
    ended_why: str | None = None
    refusal: Refusal | None = None

    tainted: bool = False
    """The revision changed while it was being read: what was sent must not be believed."""
    address_lost: bool = False
    """The tunnel was lost while it was open: what did not arrive says nothing about the file."""
    first_get_at: AwareDatetime | None = None
    last_byte_at: AwareDatetime | None = None
    """When the latest byte went out."""
    covered: tuple[ranges.Span, ...] = ()
    """Which bytes went out, over all requests; sorted, apart from each other."""
    fetching: bool = False
    """A body is being sent. So it still stands there when the process has ended without a word."""
    cut_by_us: bool = False
    """The fetch broke off because this service ended, and nobody has come again since."""

    @classmethod
    def of(cls, message: RoutedMessage, **own: object) -> Self:
        handed_on = {name: getattr(message, name) for name in RoutedMessage.model_fields if name in cls.model_fields}
        return cls.model_validate(handed_on | own)

    @property
    def went_out_whole(self) -> bool:
        return ranges.length(self.covered) == self.size_bytes


class Window(Frozen):
    """The file_ids that hold a place in a lane. A place is taken before the exposure is opened."""

    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nothing:
    """The message is older than what the ledger knows."""


@dataclass(frozen=True, slots=True)
class SayAgain:
    """It was done before; whether it was said is not known, so it is said again."""

    exposure: Exposure


@dataclass(frozen=True, slots=True)
class OpenNext:
    number: int


def next_step(there: Exposure | None, message: RoutedMessage) -> Nothing | SayAgain | OpenNext:
    """What a `ready` or a `stale` asks for, given the record of its file.

    Any message may come twice, and late. A number is never given again: the one after the highest known is opened.
    """
    given_up = message.exposure  # a `ready` gives up none: 0
    if there is None or there.attempt < message.attempt:
        return OpenNext(given_up + 1)
    if there.attempt > message.attempt or is_over(there):
        return Nothing()
    if there.exposure > given_up and there.state in (State.OPEN, State.REFUSED):
        return SayAgain(there)
    if there.exposure > given_up and there.state is State.REVOKED and (there.announced or there.ended_why == STALE):
        return Nothing()  # a later `stale` gave that one up, or will, and asks for the next itself
    return OpenNext(max(there.exposure, given_up) + 1)


def came_to_nothing(there: Exposure, message: RoutedMessage) -> bool:
    """Whether `message` gives up an address by which the file did not go out whole, and nobody knows yet why not."""
    is_given_up = message.state == STALE and (there.attempt, there.exposure) == (message.attempt, message.exposure)
    is_explained = there.state is State.REFUSED or there.address_lost or there.went_out_whole
    return is_given_up and not is_explained


def is_over(there: Exposure) -> bool:
    """Whether the attempt has ended: nothing is opened in it any more."""
    return there.state is State.REVOKED and there.ended_why not in (STALE, ADDRESS_LOST)


def ended(there: Exposure | None, message: RoutedMessage, at: datetime) -> Exposure | None:
    """The record after `message`, an ending or a `stale`; None where it stays as it is.

    Only the exposure that the message names is revoked. An ending that names none (0) comes from somebody who knew
    of no exposure, and says that the attempt is over: whatever is open in it is revoked. One that comes before the
    file was ever exposed leaves a record, so that the `ready` still waiting in the backlog opens nothing.
    """
    why = message.state
    if there is None or there.attempt < message.attempt:
        if why == STALE:
            return None
        return Exposure.of(message, state=State.REVOKED, opened_at=at, expires_at=at, ended_why=why)
    if there.attempt > message.attempt or message.exposure not in (0, there.exposure):
        return None
    if is_over(there) or (why == STALE and there.state is not State.OPEN):
        return None
    return there.model_copy(update={"state": State.REVOKED, "ended_why": why})


def expired(there: Exposure | None, exposure_id: str) -> Exposure | None:
    if there is None or there.exposure_id != exposure_id or there.state is not State.OPEN:
        return None
    return there.model_copy(update={"state": State.EXPIRED, "ended_why": EXPIRED})


def lost(there: Exposure | None, seen: Exposure) -> Exposure | None:
    """The record of an exposure whose address leads nowhere any more, with all that was seen of it."""
    if there is None or there.exposure_id != seen.exposure_id or there.state is not State.OPEN:
        return None
    known = with_evidence(there, seen) or there
    return known.model_copy(update={"state": State.REVOKED, "ended_why": ADDRESS_LOST, "address_lost": True})


def with_evidence(there: Exposure | None, seen: Exposure) -> Exposure | None:
    """The record with what was seen of the same exposure since; None where that adds nothing."""
    if there is None or there.exposure_id != seen.exposure_id:
        return None
    merged = there.model_copy(
        update={
            "announced": there.announced or seen.announced,
            "tainted": there.tainted or seen.tainted,
            "address_lost": there.address_lost or seen.address_lost,
            "first_get_at": min(_known(there.first_get_at, seen.first_get_at), default=None),
            "last_byte_at": max(_known(there.last_byte_at, seen.last_byte_at), default=None),
            "covered": ranges.union(there.covered, seen.covered),
            # What is seen is newer than what is written: these two may also become false.
            "fetching": seen.fetching,
            "cut_by_us": seen.cut_by_us,
        }
    )
    return None if merged == there else merged


def broke_off(there: Exposure, now: datetime) -> bool:
    """Whether a fetch was going on when the process before this one ended. One in parts rests between two of them."""
    if there.went_out_whole or there.first_get_at is None:
        return False
    rested = there.last_byte_at is not None and now - there.last_byte_at < LONGEST_REST
    return there.fetching or rested


def _known(*moments: datetime | None) -> list[datetime]:
    return [moment for moment in moments if moment is not None]
