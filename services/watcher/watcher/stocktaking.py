"""Edge: what is on the volume, counted by what the ledger has of it. Nothing is written."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from postflow import identity
from postflow.rebuilds import Stock
from postflow.routing import WatchFolder
from watcher.clock import Clock
from watcher.database import Database
from watcher.records import FileState, RevisionState
from watcher.rows import joined, unsigned_date
from watcher.selection import Kind, Selection
from watcher.stability import Look
from watcher.volume import Listing, Sight, Unanswered

_IN_FOLDER = """
    SELECT files.name, files.size_bytes, files.mtime_ns, files.state, revisions.state
    FROM files LEFT JOIN revisions ON revisions.file_id = files.revision WHERE folder = ?
"""
_OF_REVISION = {
    RevisionState.DELIVERED: "delivered",
    RevisionState.FAILED: "failed",
}
_OF_FILE = {FileState.REJECTED: "rejected", FileState.WAITING: "unfinished", FileState.RELEASED: "unfinished"}

Row = tuple[int, int, str, str | None]
R = TypeVar("R")


class Volume(Protocol):
    """Raises Unanswered."""

    def list(self, folder: str) -> Listing | None: ...

    def look(self, path: str) -> Sight | None: ...

    def spelling(self, folder: str) -> str | None: ...


class Stocktaking:
    """One walk over the watch folders. `advance` may run in any thread, in one at a time; raises LedgerUnavailable."""

    def __init__(
        self,
        volume: Volume,
        database: Database,
        selection: Selection,
        watch_folders: Callable[[], Iterable[WatchFolder]],
        clock: Clock,
        *,
        filespace: str,
    ) -> None:
        self._volume = volume
        self._database = database
        self._selection = selection
        self._clock = clock
        self._filespace = filespace
        self._counts = dict.fromkeys(Stock.model_fields, 0)
        self._walk = self._over(watch_folders)
        self.unanswered = 0
        self.is_over = False

    @property
    def stock(self) -> Stock:
        return Stock.model_validate(self._counts)

    def advance(self, budget_s: float) -> None:
        """Go on counting until the time is over, or to the end."""
        until_s = self._clock.monotonic() + budget_s
        while self._clock.monotonic() < until_s:
            kind = next(self._walk, None)
            if kind is None:
                self.is_over = True
                return
            self._counts[kind] += 1

    def _over(self, watch_folders: Callable[[], Iterable[WatchFolder]]) -> Iterator[str]:
        stack = []
        for watch in watch_folders():
            top = self._answered(self._volume.spelling, watch.folder)
            stack += [] if top is None else [top]
        while stack:
            folder = stack.pop()
            listing = self._answered(self._volume.list, folder)
            if listing is not None:
                names = [name for name in listing.folders if self._selection.why_not_folder(name) is None]
                stack += [joined(folder, name) for name in names]
                yield from self._in(folder, listing)

    def _in(self, folder: str, listing: Listing) -> Iterator[str]:
        rows: dict[str, Row] = {name: tuple(rest) for name, *rest in self._database.rows(_IN_FOLDER, (folder,))}
        for name in listing.files:
            path = joined(folder, name)
            if self._selection.why_not_file(path) is not None:
                continue
            sight = self._answered(self._volume.look, path)
            if sight is not None and sight.kind is Kind.FILE and sight.look.size_bytes:
                yield self._kind(path, sight.look, rows.get(name))

    def _kind(self, path: str, look: Look, row: Row | None) -> str:
        if row is None:
            return self._of_revision(path, look) or "unknown"
        size_bytes, mtime_ns, state, revision = row
        if not look.is_revision(size_bytes, unsigned_date(mtime_ns)):
            return self._of_revision(path, look) or "changed"
        if state == FileState.RELEASED and revision in _OF_REVISION:
            return _OF_REVISION[RevisionState(revision)]
        return _OF_FILE.get(FileState(state), "left_alone")

    def _of_revision(self, path: str, look: Look) -> str | None:
        """Of a revision that the stream knows, under another spelling of its path, or from before another one."""
        file_id = identity.file_id(self._filespace, path, look.size_bytes, look.mtime_ns)
        row = self._database.row("SELECT state FROM revisions WHERE file_id = ?", (file_id,))
        return _OF_REVISION.get(RevisionState(row[0]), "unfinished") if row else None

    def _answered(self, ask: Callable[[str], R | None], path: str) -> R | None:
        try:
            return ask(path)
        except Unanswered:
            self.unanswered += 1
            return None
