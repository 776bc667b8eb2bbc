"""Edge: what the ledger remembers, for people who ask. Reads only."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from postflow.desk import KnownRevision
from watcher.attention import Revision
from watcher.database import Database, unsigned_date
from watcher.records import FileState

MOST_REVISIONS = 20

_COLUMNS = "file_id, path, attempt, state, reason, released_at, ended_at"


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
