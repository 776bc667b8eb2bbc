"""Edge: what there is in and below a folder, and why each is where it is. The frames of a sequence are one thing."""

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from postflow.desk import InFolder
from watcher.rehearsal import gathered
from watcher.rows import joined
from watcher.selection import Kind, Selection, is_utf8, shown
from watcher.volume import Listing, Sight, Unanswered

MOST_ROWS = 200
LONGEST_S = 5.0
"""An answer that takes longer is cut there, and says so."""


class Volume(Protocol):
    """Raises Unanswered."""

    def list(self, folder: str) -> Listing | None: ...

    def look(self, path: str) -> Sight | None: ...


class Folder:
    """
    Args:
        tell: state and reason of a path that is no folder. Raises LedgerUnavailable.
    """

    def __init__(self, volume: Volume, selection: Selection, tell: Callable[[str, Sight], tuple[str, str]]) -> None:
        self._volume = volume
        self._selection = selection
        self._tell = tell

    def rows(self, folder: str) -> tuple[tuple[InFolder, ...], bool]:
        """And whether that is all."""
        rows: list[InFolder] = []
        until_s = time.monotonic() + LONGEST_S
        for row in self._below(folder):
            if len(rows) == MOST_ROWS or time.monotonic() > until_s:
                return tuple(rows), False
            rows.append(row)
        return tuple(rows), True

    def _below(self, folder: str) -> Iterator[InFolder]:
        try:
            listing = self._volume.list(folder)
        except Unanswered as error:
            yield InFolder(path=shown(folder), state="unknown", why=f"the volume gives no answer: {error}")
            return
        if listing is None:
            return
        others = [name for name, _ in listing.others]
        for name, files in sorted((gathered([*listing.files, *others])).items(), key=lambda item: shown(item[0])):
            yield from self._thing(joined(folder, name), joined(folder, files[0]), len(files))
        for name in sorted(listing.folders, key=shown):
            path = joined(folder, name)
            if (ignored := self._selection.why_not_folder(name)) is not None:
                yield InFolder(path=f"{shown(path)}/", state="ignored", why=ignored.reason)
            else:
                yield from self._below(path)

    def _thing(self, path: str, first: str, frames: int) -> Iterator[InFolder]:
        """A file, or a sequence by its first frame."""
        try:
            sight = self._volume.look(first)
        except Unanswered as error:
            yield InFolder(path=shown(path), state="unknown", why=f"the volume gives no answer: {error}")
            return
        if sight is not None and sight.kind is not Kind.FOLDER:
            state, why = self._told(first, sight)
            yield InFolder(path=shown(path), state=state, why=why, frames=frames)

    def _told(self, path: str, sight: Sight) -> tuple[str, str]:
        if is_utf8(path):
            return self._tell(path, sight)
        ignored = self._selection.why_not_file(path, sight.kind)
        return "ignored", ignored.reason if ignored else ""
