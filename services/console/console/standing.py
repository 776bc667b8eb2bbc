"""Pure: what is where: the last word about each file, counted by state.

Subject and `Nats-Msg-Id` say all that counts, so no payload is needed, and a file costs a few numbers of memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ORDER = ("ready", "exposed", "delivered", "playable", "failed", "superseded", "rejected")
UNDERWAY = ("ready", "exposed")

_SHOWN = {"stale": "ready"}
"""Another address was asked for: it waits for that as it did at first."""

_RANKS = {"delivered": 1, "failed": 1, "superseded": 1, "playable": 2}
"""Within an attempt, what ended it outranks what came late."""


FILE_ID = re.compile(r"[0-9a-f]{32}")

RANK_BITS, SEQUENCE_BITS, STATE_BITS, TIME_BITS = 2, 48, 12, 52
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Count:
    """All files in one state. `sequence` is where the stream holds the oldest one's last word."""

    state: str
    count: int
    oldest_at: datetime
    sequence: int


class Standing:
    """A stream may tell of a million files: a file is one number as key and one as value, some 150 bytes in all.

    The value is, from its highest bits on: attempt, rank, sequence, state, time in microseconds. So of two words about
    a file the larger number is the one that counts.
    """

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._states: list[str] = []

    def take(self, subject: str, dedupe_id: str, sequence: int, at: datetime) -> None:
        """Take one message about a file into account; others are passed over."""
        parts = subject.split(".")
        if len(parts) < 4 or parts[1] != "file" or not FILE_ID.fullmatch(parts[-1]):
            return
        state = _SHOWN.get(parts[2], parts[2])
        if state == "waiting":
            return  # the watcher knows better which files wait
        if state not in self._states:
            self._states.append(state)
        word = attempt_of(dedupe_id) << RANK_BITS | _RANKS.get(state, 0)
        word = (word << SEQUENCE_BITS | sequence) << STATE_BITS | self._states.index(state)
        word = word << TIME_BITS | (at - EPOCH) // MICROSECOND
        key = int(parts[-1], 16)
        self._last[key] = max(word, self._last.get(key, 0))

    def counts(self) -> Iterator[Count]:
        """In the order of a file's way; states without a file are left out."""
        counted, oldest = [0] * len(self._states), [(0, 0)] * len(self._states)
        for word in self._last.values():
            number = word >> TIME_BITS & mask(STATE_BITS)
            told = word & mask(TIME_BITS), word >> (TIME_BITS + STATE_BITS) & mask(SEQUENCE_BITS)
            oldest[number] = min(oldest[number], told) if counted[number] else told
            counted[number] += 1
        for state in (*ORDER, *sorted(set(self._states) - set(ORDER))):
            if state in self._states and counted[number := self._states.index(state)]:
                at, sequence = oldest[number]
                yield Count(state, counted[number], EPOCH + at * MICROSECOND, sequence)


def mask(bits: int) -> int:
    return (1 << bits) - 1


def attempt_of(dedupe_id: str) -> int:
    """Of `<file_id>.<state>.<attempt>.<exposure>`; 0 if it is no such id."""
    parts = dedupe_id.split(".")
    return int(parts[2]) if len(parts) == 4 and parts[2].isdigit() else 0
