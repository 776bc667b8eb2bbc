"""Pure: when a file has stopped changing. Time is an argument."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

HUGE_BYTES = 50 * 10**9
HUGE_TIMES = 3.0
"""The writer of a very large file pauses for longer: a second pass over it, muxing, a line that is cut."""
BLIND_S = 60.0
"""Where other machines write and nobody tells whether they have ended: sizes and dates may stand still for so long."""

SHORTEST_GAP_S = 0.005
"""Between two looks at one file, when the quiet time is over and looks are still missing."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a file showed."""

    size_bytes: int
    mtime_ns: int
    inode: int

    def is_revision(self, size_bytes: int, mtime_ns: int) -> bool:
        """Whether it showed this revision; the inode is no part of it: a mount may number files anew."""
        return self.size_bytes == size_bytes and self.mtime_ns == mtime_ns


@dataclass(frozen=True, slots=True)
class Quiet:
    """How long a file must be unchanged, and over how many looks."""

    quiet_s: float
    samples: int

    def of(self, size_bytes: int) -> "Quiet":
        """The same, or more for a very large file."""
        return self.times(HUGE_TIMES) if size_bytes > HUGE_BYTES else self

    def times(self, times: float) -> "Quiet":
        return replace(self, quiet_s=self.quiet_s * times)


class Quieting:
    """How long a file must be unchanged, as things are now.

    Args:
        is_blind: whether other machines write there, and nobody tells of what they are still uploading.
    """

    def __init__(self, quiet: Quiet, is_blind: Callable[[], bool]) -> None:
        self._quiet = quiet
        self._is_blind = is_blind

    def of(self, size_bytes: int) -> Quiet:
        is_short = self._quiet.quiet_s < BLIND_S and self._is_blind()
        return (replace(self._quiet, quiet_s=BLIND_S) if is_short else self._quiet).of(size_bytes)


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How long a file has looked the same. Seconds are those of a monotonic clock.

    Attributes:
        since_s: when the first look that showed it so was answered.
        asked_s: when the last look that showed it so was asked: it was so at this time, or later.
        looks: how many showed it so, without another in between.
        changed_at: the wall clock when it was first seen so.
    """

    look: Look
    since_s: float
    asked_s: float
    looks: int
    changed_at: datetime


def observe(
    before: Steadiness | None, look: Look, *, asked_s: float, answered_s: float, now_at: datetime
) -> Steadiness:
    """Take one more look into account.

    A look may take seconds on a slow mount, so only the time between the answer of the first and the question of
    the last counts as quiet. Looks that overlap may arrive out of order: such a one proves nothing new.
    """
    if before is None or look != before.look:
        return Steadiness(look, answered_s, asked_s, 1, now_at)
    if asked_s < before.since_s:
        # Asked before the first was answered, or the clock went back: nothing is lost but the wait.
        return replace(before, since_s=answered_s, asked_s=asked_s, looks=1)
    if asked_s < before.asked_s:
        return before
    return replace(before, asked_s=asked_s, looks=before.looks + 1)


def is_finished(steady: Steadiness, quiet: Quiet) -> bool:
    """Whether the looks prove it: unchanged over enough of them, and for long enough."""
    return steady.looks >= quiet.samples and steady.asked_s >= steady.since_s + quiet.quiet_s


def next_look_s(steady: Steadiness, quiet: Quiet, *, now_s: float, longest_gap_s: float) -> float:
    """When to look next: the missing looks spread over what is left of the quiet time, the last one at its end."""
    missing = max(quiet.samples - steady.looks, 1)
    spread_s = (steady.since_s + quiet.quiet_s - now_s) / missing
    return now_s + min(max(spread_s, SHORTEST_GAP_S), longest_gap_s)
