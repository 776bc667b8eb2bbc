"""Pure: what is where: the last word about each file, counted by state.

Subject and `Nats-Msg-Id` say all that counts, so no payload is needed, and a file costs a few numbers of memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

ORDER = ("ready", "exposed", "delivered", "playable", "failed", "superseded", "rejected")
UNDERWAY = ("ready", "exposed")

_SHOWN = {"stale": "ready"}
"""Another address was asked for: it waits for that as it did at first."""

_RANKS = {"delivered": 1, "failed": 1, "superseded": 1, "playable": 2}
"""Within an attempt, what ended it outranks what came late."""


@dataclass(frozen=True, slots=True)
class Count:
    """All files in one state. `sequence` is where the stream holds the oldest one's last word."""

    state: str
    count: int
    oldest_at: datetime
    sequence: int


class Standing:
    def __init__(self) -> None:
        self._last: dict[bytes, tuple[tuple[int, int, int], str, datetime]] = {}

    def take(self, subject: str, dedupe_id: str, sequence: int, at: datetime) -> None:
        """Take one message about a file into account; others are passed over."""
        parts = subject.split(".")
        if len(parts) < 4 or parts[1] != "file" or len(parts[-1]) != 32:
            return
        state = _SHOWN.get(parts[2], parts[2])
        if state == "waiting":
            return  # the watcher knows better which files wait
        key = bytes.fromhex(parts[-1])
        rank = (_attempt(dedupe_id), _RANKS.get(state, 0), sequence)
        held = self._last.get(key)
        if held is None or rank > held[0]:
            self._last[key] = rank, state, at

    def counts(self) -> Iterator[Count]:
        """In the order of a file's way; states without a file are left out."""
        states: dict[str, Count] = {}
        for (_, _, sequence), state, at in self._last.values():
            held = states.get(state)
            if held is None:
                states[state] = Count(state, 1, at, sequence)
                continue
            oldest = (held.oldest_at, held.sequence) if held.oldest_at <= at else (at, sequence)
            states[state] = Count(state, held.count + 1, *oldest)
        return (states[state] for state in (*ORDER, *sorted(states.keys() - set(ORDER))) if state in states)


def _attempt(dedupe_id: str) -> int:
    """Of `<file_id>.<state>.<attempt>.<exposure>`; 0 if it is no such id."""
    parts = dedupe_id.split(".")
    return int(parts[2]) if len(parts) == 4 and parts[2].isdigit() else 0
