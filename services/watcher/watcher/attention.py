"""Pure: which files are looked at again, and when. Time is an argument.

Followed are *candidates* (not decided about as they are now), empty files, and files that were decided about lately;
the last two cool down and are left to the scan of everything.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Protocol

from watcher.stability import Look, Quiet, Steadiness, is_finished, next_look_s, observe

Revision = tuple[int, int]
"""Size in bytes and mtime in ns."""

COOLING = 0.1
"""Of the time since the last change: the gap between two looks at a file that needs no decision."""

HELD_S = 60.0
"""Between two looks at a file that waits for a person, or for its writer: the longest."""

NEVER_S = math.inf
"""It is not on the agenda: a look at it is underway."""

NO_LOOK = Look(-1, -1, -1)
"""Like no file: whatever comes back is a change."""


class Verdict(Enum):
    SETTLED = "decided about as it is"
    EMPTY = "without content so far"
    FIRST = "a candidate since this look"
    WAITING = "not yet proved to have stopped changing"
    FINISHED = "proved to have stopped changing"


class Patience(Protocol):
    """How long a file of a size must be unchanged."""

    def of(self, size_bytes: int) -> Quiet: ...


@dataclass(frozen=True, slots=True)
class Timing:
    """When a file counts as finished, how often it is looked at meanwhile, and for how long after a change."""

    quiet: Patience
    hot_s: float
    hot_for_s: float


@dataclass(slots=True)
class _Entry:
    steady: Steadiness
    decided: Revision | None
    cools_s: float
    due_s: float = NEVER_S
    is_candidate: bool = False


class Attention:
    """Not to be shared between threads."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._entries: dict[str, _Entry] = {}
        self._unsteady: dict[str, tuple[Revision, float]] = {}
        self._agenda: list[tuple[float, str]] = []

    def look(
        self, path: str, look: Look, *, asked_s: float, now_s: float, now_at: datetime, decided: Revision | None = None
    ) -> Verdict:
        """Take a look at a file into account.

        Args:
            asked_s: when the look was asked; `now_s` is after it was answered.
            decided: the revision that the ledger holds; counts only for a path that is not followed yet.
        """
        entry = self._entries.get(path)
        if entry is None:
            if decided is not None and look.is_revision(*decided):
                return Verdict.SETTLED
            steady = observe(None, look, asked_s=asked_s, answered_s=now_s, now_at=now_at)
            entry = self._follow(path, steady, decided, now_s)
        else:
            before = entry.steady
            entry.steady = observe(before, look, asked_s=asked_s, answered_s=now_s, now_at=now_at)
            if look != before.look:
                entry.cools_s = now_s + self._timing.hot_for_s
        return self._judge(path, entry, look, now_s)

    def _follow(self, path: str, steady: Steadiness, decided: Revision | None, now_s: float) -> _Entry:
        entry = _Entry(steady, decided, cools_s=now_s + self._timing.hot_for_s)
        self._entries[path] = entry
        return entry

    def _judge(self, path: str, entry: _Entry, look: Look, now_s: float) -> Verdict:
        is_settled = entry.decided is not None and look.is_revision(*entry.decided)
        if is_settled or look.size_bytes == 0:
            entry.is_candidate = False
            self._cool(path, entry, now_s)
            return Verdict.SETTLED if is_settled else Verdict.EMPTY
        was_candidate, entry.is_candidate = entry.is_candidate, True
        quiet = self._quiet(path, look)
        if was_candidate and is_finished(entry.steady, quiet):
            # Due again in case the decision cannot be taken now.
            self._put(path, entry, now_s + self._timing.hot_s)
            return Verdict.FINISHED
        due_s = next_look_s(entry.steady, quiet, now_s=now_s, longest_gap_s=self._timing.hot_s)
        self._put(path, entry, due_s)
        return Verdict.WAITING if was_candidate else Verdict.FIRST

    def _quiet(self, path: str, look: Look) -> Quiet:
        quiet = self._timing.quiet.of(look.size_bytes)
        revision, times = self._unsteady.get(path, (None, 1.0))
        return quiet.times(times) if revision is not None and look.is_revision(*revision) else quiet

    def decided(self, path: str, look: Look, *, now_s: float, now_at: datetime) -> None:
        """This revision needs nothing more; the file stays hot for a while, as somebody may be at work on it."""
        self._unsteady.pop(path, None)
        entry = self._entries.get(path)
        if entry is None:
            steady = observe(None, look, asked_s=now_s, answered_s=now_s, now_at=now_at)
            entry = self._follow(path, steady, None, now_s)
        entry.decided = (look.size_bytes, look.mtime_ns)
        entry.cools_s = now_s + self._timing.hot_for_s
        entry.is_candidate = False
        self._put(path, entry, now_s + self._timing.hot_s)

    def reopen(self, path: str, revision: Revision, *, times: float) -> None:
        """What was decided about this revision does not hold. Should the file be so again, or still, it must be quiet
        for so many times as long; as another revision it is a file like any other."""
        self._unsteady[path] = revision, times
        entry = self._entries.get(path)
        if entry is not None:
            entry.decided = None
            if entry.steady.look.is_revision(*revision):
                entry.steady = replace(entry.steady, look=NO_LOOK)

    def forget(self, path: str) -> None:
        """Whatever was decided about it: it is followed as if it were seen for the first time when it is seen next."""
        self._entries.pop(path, None)

    def missing(self, path: str, now_s: float) -> bool:
        """It is not there; False if it is not followed any more. A filespace may hide a file for some seconds."""
        entry = self._entries.get(path)
        if entry is None:
            return False
        entry.steady = replace(entry.steady, look=NO_LOOK)
        entry.is_candidate = False
        self._cool(path, entry, now_s)
        return path in self._entries

    def changed_at(self, path: str) -> datetime:
        """When a followed file was seen to change last."""
        return self._entries[path].steady.changed_at

    def want(self, path: str, now_s: float) -> bool:
        """Have a followed path looked at now; False if it is not followed."""
        entry = self._entries.get(path)
        if entry is not None:
            self._put(path, entry, now_s)
        return entry is not None

    def due(self, now_s: float, limit: int) -> list[str]:
        """Take what is due off the agenda, the longest due first. A look must follow for each, or `postpone`."""
        paths: list[str] = []
        while len(paths) < limit and (due_s := self.next_due_s()) is not None and due_s <= now_s:
            path = heapq.heappop(self._agenda)[1]
            self._entries[path].due_s = NEVER_S
            paths.append(path)
        return paths

    def postpone(self, path: str, now_s: float) -> None:
        """It could not be looked at."""
        entry = self._entries.get(path)
        if entry is not None:
            self._put(path, entry, now_s + self._timing.hot_s)

    def hold(self, path: str, now_s: float) -> None:
        """It is finished, and waits for a person."""
        entry = self._entries.get(path)
        if entry is not None:
            self._put(path, entry, now_s + HELD_S)

    def wait(self, path: str, now_s: float) -> None:
        """It has stopped changing, and what is in it does not show that it is finished."""
        entry = self._entries.get(path)
        if entry is not None:
            calm_s = (now_s - entry.steady.since_s) * COOLING
            self._put(path, entry, now_s + min(max(self._timing.hot_s, calm_s), max(self._timing.hot_s, HELD_S)))

    def next_due_s(self) -> float | None:
        while self._agenda and self._is_stale(*self._agenda[0]):
            heapq.heappop(self._agenda)
        return self._agenda[0][0] if self._agenda else None

    def candidates(self) -> Iterator[tuple[str, Steadiness]]:
        return ((path, entry.steady) for path, entry in self._entries.items() if entry.is_candidate)

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def _cool(self, path: str, entry: _Entry, now_s: float) -> None:
        """The longer nothing happens, the rarer the looks."""
        if now_s >= entry.cools_s:
            del self._entries[path]
            return
        calm_s = now_s - (entry.cools_s - self._timing.hot_for_s)
        self._put(path, entry, now_s + max(self._timing.hot_s, calm_s * COOLING))

    def _put(self, path: str, entry: _Entry, due_s: float) -> None:
        if entry.due_s != due_s:
            entry.due_s = due_s
            heapq.heappush(self._agenda, (due_s, path))

    def _is_stale(self, due_s: float, path: str) -> bool:
        """An entry that was put off, or dropped, leaves its old place on the agenda behind."""
        entry = self._entries.get(path)
        return entry is None or entry.due_s != due_s
