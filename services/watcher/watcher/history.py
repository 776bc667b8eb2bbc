"""Edge: what the ledger remembers, for people who ask. Reads only."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from postflow.desk import KnownRevision
from postflow.destination import Destination
from watcher.attention import Revision
from watcher.database import Database
from watcher.records import FileState, Underway
from watcher.rows import signed, unsigned_date
from watcher.stability import Look

MOST_REVISIONS = 20
MOST_ALIKE = 1000

_COLUMNS = "file_id, path, attempt, state, reason, released_at, ended_at"

_UNDERWAY = """
    SELECT file_id, path, size_bytes, mtime_ns, attempt, destination, changed_at, released_at FROM revisions
    WHERE state = 'ready' AND file_id > ? AND released_at IS NOT NULL AND size_bytes IS NOT NULL
    ORDER BY file_id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """What was decided about a path last, about which revision, and why if that is not plain."""

    state: FileState
    reason: str
    revision: Revision


class History:
    """Every call may block for milliseconds, and raises LedgerUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def noted(self, path: str) -> Noted | None:
        folder, _, name = path.rpartition("/")
        query = "SELECT state, reason, size_bytes, mtime_ns FROM files WHERE folder = ? AND name = ?"
        row = self._database.row(query, (folder, name))
        return Noted(FileState(row[0]), row[1], (row[2], unsigned_date(row[3]))) if row else None

    def of_path(self, path: str) -> tuple[KnownRevision, ...]:
        """The newest revisions of a path in any Unicode form, the newest last."""
        spellings = (path, unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path))
        query = f"SELECT {_COLUMNS} FROM revisions WHERE path IN (?, ?, ?) ORDER BY changed_at DESC LIMIT ?"
        rows = self._database.rows(query, (*spellings, MOST_REVISIONS))
        return tuple(_revision(*row) for row in reversed(rows))

    def revision(self, file_id: str) -> KnownRevision | None:
        row = self._database.row(f"SELECT {_COLUMNS} FROM revisions WHERE file_id = ?", (file_id,))
        return _revision(*row) if row else None

    def released(self, file_id: str) -> tuple[str, Look] | None:
        """Path and look of a revision as it was released; the inode is 0 where another revision took its place.

        None also for one that an older release of the watcher released and that is not at its path any more."""
        released = self._database.row("SELECT path, size_bytes, mtime_ns FROM revisions WHERE file_id = ?", (file_id,))
        if released is None:
            return None
        path, size_bytes, mtime_ns = released
        folder, _, name = path.rpartition("/")
        query = "SELECT size_bytes, mtime_ns, inode FROM files WHERE folder = ? AND name = ? AND revision = ?"
        there = self._database.row(query, (folder, name, file_id))
        if size_bytes is not None:
            return path, Look(size_bytes, unsigned_date(mtime_ns), there[2] if there else 0)
        return (path, Look(there[0], unsigned_date(there[1]), there[2])) if there else None

    def alike(self, look: Look) -> list[tuple[str, int]]:
        """Path and inode of all that were last seen with this size and date."""
        query = "SELECT folder, name, inode FROM files WHERE size_bytes = ? AND mtime_ns = ? LIMIT ?"
        rows = self._database.rows(query, (signed(look.size_bytes), signed(look.mtime_ns), MOST_ALIKE))
        return [(f"{folder}/{name}" if folder else name, inode) for folder, name, inode in rows]

    def underway(self, after: str, limit: int) -> list[Underway]:
        """In the order of their ids."""
        rows = self._database.rows(_UNDERWAY, (after, limit))
        return [_underway(*row) for row in rows]

    def failed(self, after: str, limit: int) -> list[KnownRevision]:
        """Those whose newest attempt failed, in the order of their ids."""
        query = f"SELECT {_COLUMNS} FROM revisions WHERE state = 'failed' AND file_id > ? ORDER BY file_id LIMIT ?"
        return [_revision(*row) for row in self._database.rows(query, (after, limit))]


def _revision(
    file_id: str, path: str, attempt: int, state: str, reason: str, released_at: str | None, ended_at: str | None
) -> KnownRevision:
    return KnownRevision(
        file_id=file_id,
        path=path,
        attempt=attempt,
        state=state,
        reason=reason,
        released_at=datetime.fromisoformat(released_at) if released_at else None,
        ended_at=datetime.fromisoformat(ended_at) if ended_at else None,
    )


def _underway(
    file_id: str,
    path: str,
    size_bytes: int,
    mtime_ns: int,
    attempt: int,
    destination: str,
    changed_at: str,
    released_at: str,
) -> Underway:
    return Underway(
        file_id=file_id,
        path=path,
        size_bytes=size_bytes,
        mtime_ns=unsigned_date(mtime_ns),
        attempt=attempt,
        destination=Destination.model_validate_json(destination),
        changed_at=datetime.fromisoformat(changed_at),
        released_at=datetime.fromisoformat(released_at),
    )
