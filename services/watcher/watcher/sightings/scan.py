"""Edge: walk over the watch folders, a slice at a time, and find what is new or not as the ledger has it.

A walk over the names stats only what the ledger does not know, in folders whose names are not those of the last walk;
one over everything stats every file, and sees files that were overwritten in place. Symbolic links are not followed.
A folder that gives no answer is left out, and nothing follows for what is in it. One of very many files takes many
slices, and lets the other folders go first after some of them.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from watcher.attention import Revision
from watcher.baseline import Survey
from watcher.clock import Clock
from watcher.guard.shown import Doubt
from watcher.records import Known
from watcher.rows import joined
from watcher.selection import Ignored, Kind, Selection
from watcher.stability import Look
from watcher.volume import Listing, Sight, Unanswered

RECENT_NS = 60 * 10**9
"""A file of the baseline that changed so shortly before is followed for a while: somebody may still be writing it."""
MOST_RECENT = 1000
"""So many are followed in one walk; what changes of the rest is seen by the walk over everything."""
MOST_SLICES = 10
"""That one folder takes before the others."""
MOST_ASIDE = 4
"""Folders that let others go first: what is known of their files is in memory until they have ended."""


class Volume(Protocol):
    """Raises Unanswered."""

    def list(self, folder: str) -> Listing | None: ...

    def look(self, path: str) -> Sight | None: ...

    def doubt(self) -> Doubt | None: ...


class Ledger(Protocol):
    def known_in(self, folder: str) -> dict[str, Known]: ...


class Before(Protocol):
    """What was there before."""

    def since_ns(self, place: str) -> int | None: ...

    def is_old(self, path: str, newest_ns: int, since_ns: int) -> bool: ...

    def settle(self, surveys: Iterable[Survey]) -> None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be new.

    Attributes:
        asked_s: when the look was asked, on the monotonic clock.
        decided: the revision that the ledger holds; None if nothing is decided about the path.
    """

    path: str
    look: Look
    asked_s: float
    is_unknown: bool
    decided: Revision | None


@dataclass(slots=True)
class Slice:
    """What a part of a walk found.

    Attributes:
        recent: files of the baseline that somebody may still be writing.
        unanswered: places and the reason.
        marks: what to remember of each folder, once everything in it has been taken.
        lost: files that were waited for and are not there any more.
        surveys: what was there before; settled already.
    """

    found: list[Found] = field(default_factory=list)
    recent: list[tuple[str, Look]] = field(default_factory=list)
    ignored: list[tuple[str, Ignored]] = field(default_factory=list)
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)


class Walk:
    """One walk. `advance` may run in any thread, in one at a time."""

    def __init__(
        self,
        volume: Volume,
        ledger: Ledger,
        before: Before,
        selection: Selection,
        clock: Clock,
        *,
        tops: Iterable[str],
        marks: dict[str, int],
        stat_all: bool,
        is_flat: bool = False,
    ) -> None:
        """
        Args:
            is_flat: of the folders below, look only into those that are new.
        """
        self._volume = volume
        self._ledger = ledger
        self._before = before
        self._selection = selection
        self._clock = clock
        self._stack = list(tops)
        self._marks = marks
        self._stat_all = stat_all
        self._is_flat = is_flat
        self._here: Iterator[None] | None = None
        self._slices = 0
        self._aside: deque[Iterator[None]] = deque()
        self._into = Slice()
        self._inherited: dict[str, int] = {}
        self._recent = 0

    @property
    def is_over(self) -> bool:
        return self._here is None and not self._stack and not self._aside

    def advance(self, budget_s: float) -> Slice:
        """Look through folders until the time is over.

        Raises:
            LedgerUnavailable
            Unanswered: the volume is not to be believed any more, and so is nothing that it showed meanwhile.
        """
        into = self._into = Slice()
        until_s = self._clock.monotonic() + budget_s
        while not self.is_over:
            if self._here is None:
                self._here, self._slices = self._visit(self._stack.pop()) if self._stack else self._aside.popleft(), 0
            if next(self._here, self._here) is not None:
                self._here = None
            if self._clock.monotonic() >= until_s:
                break
        self._let_others_go_first()
        if (doubt := self._volume.doubt()) is not None:
            raise Unanswered(doubt.why)
        self._before.settle(into.surveys)
        return into

    def _let_others_go_first(self) -> None:
        self._slices += 1
        is_long = self._slices >= MOST_SLICES and len(self._aside) < MOST_ASIDE
        if self._here is not None and self._stack and is_long:
            self._aside.append(self._here)
            self._here = None

    def _visit(self, folder: str) -> Iterator[None]:
        """Pauses between two files that are looked at."""
        try:
            listing = self._volume.list(folder)
        except Unanswered as error:
            self._into.unanswered.append((folder, str(error)))
            return
        if listing is None:
            return
        is_first = folder not in self._marks
        below = self._below(folder, listing, is_first)
        # The moment is read before the ledger is: whoever takes it away has written to the ledger by then.
        since_ns = self._inherited.pop(folder, None) or self._before.since_ns(folder)
        if since_ns is not None:
            self._inherited |= dict.fromkeys(below, since_ns)
        self._stack += [place for place in reversed(below) if not (self._is_flat and place in self._marks)]
        mark = hash(frozenset(listing.files))
        if since_ns is None and not self._stat_all and self._marks.get(folder) == mark:
            return
        if is_first:
            self._into.ignored += self._not_files(folder, listing)
        survey = Survey(folder, [], list(below))
        answered = yield from self._look_through(listing, since_ns, survey)
        if since_ns is not None:
            self._into.surveys.append(survey)
        if answered:
            self._into.marks[folder] = mark

    def _below(self, folder: str, listing: Listing, is_first: bool) -> list[str]:
        below = []
        for name in listing.folders:
            ignored = self._selection.why_not_folder(name)
            if ignored is None:
                below.append(joined(folder, name))
            elif is_first:
                self._into.ignored.append((joined(folder, name), ignored))
        return below

    def _not_files(self, folder: str, listing: Listing) -> Iterator[tuple[str, Ignored]]:
        for name, kind in listing.others:
            path = joined(folder, name)
            ignored = self._selection.why_not_file(path, kind)
            if ignored is not None:
                yield path, ignored

    def _look_through(self, listing: Listing, since_ns: int | None, survey: Survey) -> Generator[None, None, bool]:
        """Stat what must be; whether all of it gave an answer."""
        folder, answered, looked_at = survey.place, True, 0
        known = self._ledger.known_in(folder)
        waited_for = {name for name, held in known.items() if held.decided is None}
        self._into.lost += [joined(folder, name) for name in waited_for.difference(listing.files)]
        for name in listing.files:
            path, held = joined(folder, name), known.get(name)
            if held is not None and held.decided is not None and not self._stat_all:
                continue
            ignored = self._selection.why_not_file(path) if held is None else None
            if ignored is not None:
                self._into.ignored.append((path, ignored))
                continue
            if (looked_at := looked_at + 1) > 1:
                yield
            try:
                self._examine(path, held, since_ns, survey)
            except Unanswered as error:
                answered = False
                self._into.unanswered.append((path, str(error)))
                survey.below.append(path)
        return answered

    def _examine(self, path: str, held: Known | None, since_ns: int | None, survey: Survey) -> None:
        asked_s = self._clock.monotonic()
        sight = self._volume.look(path)
        if sight is None or sight.kind is not Kind.FILE:
            return
        if since_ns is None and (since_ns := self._before.since_ns(path)) is not None:
            # It gave no answer when its folder was looked through.
            survey = Survey(path, [], [])
            self._into.surveys.append(survey)
        is_empty = sight.look.size_bytes == 0
        is_unknown = held is None and not is_empty
        if is_unknown and since_ns is not None and self._before.is_old(path, sight.newest_ns, since_ns):
            survey.old.append((path, sight.look))
            if sight.newest_ns > since_ns - RECENT_NS and self._recent < MOST_RECENT:
                self._recent += 1
                self._into.recent.append((path, sight.look))
        elif held is not None or not (is_empty and self._stat_all):
            self._into.found.append(Found(path, sight.look, asked_s, held is None, held.decided if held else None))
