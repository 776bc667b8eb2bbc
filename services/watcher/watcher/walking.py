"""Edge: walk over the watch folders while the volume is believed, hand on what is found, say what gave no answer."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from postflow.routing import WatchFolder
from watcher.asking import Ask
from watcher.clock import Clock, wall_ns
from watcher.guard.shown import Doubt
from watcher.notices import Notices
from watcher.selection import Selection
from watcher.sightings.scan import Before as ScanBefore
from watcher.sightings.scan import Ledger, Slice, Walk
from watcher.sightings.scan import Volume as ScanVolume
from watcher.turns import Turns
from watcher.volume import Unanswered

SLICE_S = 0.05
REST = 1.0
"""A walk over everything rests so many times as long as it works: it has minutes, and others need the mount."""


class Volume(ScanVolume, Protocol):
    def remember(self) -> None: ...

    def is_gone(self, path: str) -> bool: ...

    def spelling(self, folder: str) -> str | None: ...


class Before(ScanBefore, Protocol):
    """What was there before. Every call raises LedgerUnavailable."""

    def found(self, watch: WatchFolder, folder: str) -> None: ...

    def covers(self, path: str) -> bool: ...

    def completed(self, is_gone: Callable[[str], bool], unanswered: Collection[str]) -> list[tuple[str, int]]: ...

    def passed(self, now_ns: int) -> None: ...


class Takes(Protocol):
    async def take(self, part: Slice) -> None: ...


class Walking:
    """Walks, and what is remembered from one to the next.

    Attributes:
        doubt: why the volume was not believed when it was last asked.
        tops: the watch folders that are there, by their spelling in the rules.
        walks: how many walks over the names have come to everything that gave an answer.
        round: another one when the rules are others. No walk goes on under rules that it did not begin with.
    """

    def __init__(
        self,
        volume: Volume,
        ledger: Ledger,
        before: Before,
        selection: Selection,
        following: Takes,
        clock: Clock,
        watch_folders: Callable[[], Iterable[WatchFolder]],
        turns: Turns,
        ask: Ask,
    ) -> None:
        self._volume = volume
        self._ledger = ledger
        self._before = before
        self._selection = selection
        self._following = following
        self._clock = clock
        self._watch_folders = watch_folders
        self._turns = turns
        self._ask = ask
        self._marks: dict[str, int] = {}
        self._notices = Notices()
        self._told_of_tops: list[Callable[[], None]] = []
        self._told_of_return: list[Callable[[], None]] = []
        self._is_over = False
        self.doubt: Doubt | None = None
        self.tops: dict[str, str] = {}
        self.walks = 0
        self.round = 0

    @property
    def missing(self) -> Collection[str]:
        """Watch folders that are not there."""
        return self._notices.missing_folders

    def when_tops_change(self, tell: Callable[[], None]) -> None:
        """Have somebody told when the watch folders are others, or are there again."""
        self._told_of_tops.append(tell)

    def when_believed_again(self, tell: Callable[[], None]) -> None:
        """Have somebody told when the volume was doubted and is not any more: anything may have changed meanwhile."""
        self._told_of_return.append(tell)

    async def folders(self) -> Collection[str]:
        """The watch folders that are there, as the volume spells them."""
        return self.tops.values()

    def forget(self, path: str) -> None:
        """Its folder must be looked through again, even if its names are the same."""
        self._marks.pop(path.rpartition("/")[0], None)

    def rules_changed(self) -> None:
        """Walks that are underway end where they are, and every folder is looked through again; nobody walks now."""
        self.round += 1
        self._marks.clear()
        watched = {watch.folder for watch in self._watch_folders()}
        tops = {folder: spelled for folder, spelled in self.tops.items() if folder in watched}
        if tops != self.tops:
            self.tops = tops
            self._tops_changed()

    async def over_names(self) -> bool:
        """Find every new name; False if the volume was not believed, or the rules became others.

        Raises LedgerUnavailable."""
        of_round = self.round
        if not await self.believes():
            return False
        silent = await self._look_for_tops()
        walked = await self._walk(self.tops.values(), of_round, stat_all=False)
        if walked is None:
            return False
        async with self._turns.working():
            if of_round != self.round:
                return False
            self._notices.silent(silent | walked)
            self.walks += 1
            await self._conclude(silent | walked)
        return True

    async def over_everything(self) -> None:
        """Find every file that is not as it was. Raises LedgerUnavailable."""
        walked = None
        while walked is None and not self._is_over and await self.believes():
            of_round, began_ns = self.round, wall_ns(self._clock)
            await self._look_for_tops()
            walked = await self._walk(self.tops.values(), of_round, stat_all=True)
            if walked is not None:
                await self._note_passed(of_round, began_ns)

    async def over_hot(self, folders: Iterable[str]) -> None:
        """Find new names in these, if their baseline is made, and below only in new ones. Raises LedgerUnavailable."""
        if self.doubt is None:
            open_folders = [folder for folder in folders if not self._before.covers(folder)]
            await self._walk(open_folders, self.round, stat_all=False, is_flat=True)

    async def below(self, folders: Iterable[str], of_round: int) -> None:
        """Find new names in and below these. Raises LedgerUnavailable."""
        await self._walk(folders, of_round, stat_all=False)

    def end(self) -> None:
        """Leave the walks that are underway where they are."""
        self._is_over = True

    async def _walk(
        self, tops: Iterable[str], of_round: int, *, stat_all: bool, is_flat: bool = False
    ) -> dict[str, str] | None:
        """What gave no answer, and why; None if the walk did not come to its end."""
        silent: dict[str, str] = {}
        gone = set(self._marks) if stat_all else set()
        parts = (self._volume, self._ledger, self._before, self._selection, self._clock)
        walk = Walk(*parts, tops=tops, marks=self._marks, stat_all=stat_all, is_flat=is_flat)
        try:
            while not walk.is_over:
                began_s = self._clock.monotonic()
                async with self._turns.working():
                    if self._is_over or of_round != self.round:
                        return None
                    part = await self._ask(walk.advance, SLICE_S)
                    await self._following.take(part)
                    self._marks |= part.marks
                    gone.difference_update(part.marks)
                silent |= dict(part.unanswered)
                self._notices.ignored(part.ignored)
                if stat_all:
                    await asyncio.sleep(REST * (self._clock.monotonic() - began_s))
        except BaseException:
            # What was found may not have been taken: look at everything again.
            self._marks.clear()
            raise
        for folder in gone:
            self._marks.pop(folder, None)
        return silent

    async def believes(self) -> bool:
        """Whether the volume is there and is itself."""
        doubt = await self._ask(self._volume.doubt)
        self._notices.doubt(doubt, self._clock.monotonic())
        is_back = doubt is None and self.doubt is not None
        self.doubt = doubt
        if is_back:
            self._tops_changed()
            for tell in self._told_of_return:
                tell()
        return doubt is None

    def _tops_changed(self) -> None:
        for tell in self._told_of_tops:
            tell()

    async def _look_for_tops(self) -> dict[str, str]:
        """What gave no answer is returned, and why."""
        async with self._turns.working():
            tops, missing, silent = await self._ask(self._find_tops)
            self._notices.missing(missing)
            if tops != self.tops:
                self.tops = tops
                self._tops_changed()
            return silent

    def _find_tops(self) -> tuple[dict[str, str], set[str], dict[str, str]]:
        tops: dict[str, str] = {}
        silent: dict[str, str] = {}
        missing: set[str] = set()
        for watch in self._watch_folders():
            try:
                spelled = self._volume.spelling(watch.folder)
            except Unanswered as error:
                silent[watch.folder] = str(error)
                continue
            if spelled is None:
                missing.add(watch.folder)
                continue
            self._volume.remember()
            self._before.found(watch, spelled)
            tops[watch.folder] = spelled
        return tops, missing, silent

    async def _conclude(self, silent: Mapping[str, str]) -> None:
        """The walk came to everything that gave an answer, provided that the volume is still believed."""
        if not await self.believes():
            return
        for folder, count in await self._ask(self._before.completed, self._volume.is_gone, list(silent)):
            self._notices.left_alone(folder, count)

    async def _note_passed(self, of_round: int, began_ns: int) -> None:
        """All was looked at as it was when the walk began: what came meanwhile may have come behind it."""
        async with self._turns.working():
            if of_round == self.round and await self.believes():
                await asyncio.to_thread(self._before.passed, began_ns)
