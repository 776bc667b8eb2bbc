"""Edge: what somebody says may have changed is looked at at once. A hint proves nothing, and none may come."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from watcher.asking import Ask
from watcher.clock import Clock
from watcher.records import Known
from watcher.selection import Kind, Selection
from watcher.sightings.scan import Found, Slice
from watcher.turns import Turns
from watcher.volume import Sight, Unanswered


class Volume(Protocol):
    def look(self, path: str) -> Sight | None: ...

    def inside(self, absolute: str) -> str | None: ...


class Ledger(Protocol):
    def known(self, path: str) -> Known | None: ...


class Follows(Protocol):
    def want(self, path: str) -> bool: ...

    async def take(self, part: Slice) -> None: ...


class Walks(Protocol):
    @property
    def tops(self) -> dict[str, str]: ...

    @property
    def round(self) -> int: ...

    async def below(self, folders: Iterable[str], of_round: int) -> None: ...


class Hints:
    """Hints are gathered, and taken together.

    Args:
        covers: whether a path lies where the baseline is still made.
        look_around: has the names of everything looked at.
    """

    def __init__(
        self,
        volume: Volume,
        ledger: Ledger,
        selection: Selection,
        following: Follows,
        walking: Walks,
        clock: Clock,
        turns: Turns,
        *,
        covers: Callable[[str], bool],
        look_around: Callable[[], None],
        ask: Ask,
    ) -> None:
        self._volume = volume
        self._ledger = ledger
        self._selection = selection
        self._following = following
        self._walking = walking
        self._clock = clock
        self._turns = turns
        self._covers = covers
        self._look_around = look_around
        self._ask = ask
        self._paths: set[str] = set()
        self.given = asyncio.Event()

    def hint(self, path: str) -> None:
        """Something may have changed at this path inside the filespace."""
        self._paths.add(path)
        self.given.set()

    def hint_absolute(self, path: str) -> None:
        inside = self._volume.inside(path)
        if inside is not None:
            self.hint(inside)

    async def take(self) -> None:
        """Look at what was hinted at since the last time. Raises LedgerUnavailable."""
        paths, self._paths = self._paths, set()
        unknown = [path for path in paths if not self._following.want(path)]
        async with self._turns.working():
            of_round = self._walking.round
            if any(self._covers(path) for path in unknown):
                self._look_around()
            open_paths = [path for path in unknown if not self._covers(path)]
            part, folders = await self._ask(self._look_at, open_paths) if open_paths else (Slice(), [])
            await self._following.take(part)
        if folders:
            await self._walking.below(folders, of_round)

    def _look_at(self, paths: Iterable[str]) -> tuple[Slice, list[str]]:
        part, folders = Slice(), []
        for path in paths:
            asked_s = self._clock.monotonic()
            try:
                sight = self._volume.look(path)
            except Unanswered:
                continue  # the scan will say so
            if sight is None:
                continue
            if sight.kind is Kind.FOLDER:
                folders += [path] if self._is_open(path) else []
            elif self._selection.why_not_file(path, sight.kind) is None:
                held = self._ledger.known(path)
                part.found.append(Found(path, sight.look, asked_s, held is None, held.decided if held else None))
        return part, folders

    def _is_open(self, folder: str) -> bool:
        """Whether a walk would come to this folder."""
        for top in self._walking.tops.values():
            if folder == top:
                return True
            below = folder if not top else folder.removeprefix(f"{top}/")
            if not top or below != folder:
                return all(self._selection.why_not_folder(name) is None for name in below.split("/"))
        return False
