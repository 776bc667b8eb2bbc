"""Edge: what the fuse holds, as the ledger has it: how much, where, and what becomes of it."""

import posixpath

from postflow import identity
from postflow.checks import Check
from postflow.errors import RetryableError
from postflow.wording import counted
from watcher.clock import Clock
from watcher.database import Database
from watcher.rows import unsigned_date

WHAT_TO_DO = (
    "If they are to be sent: `postflow resume`. If only their dates or folders are others: `postflow resume --leave`."
)
LOOK_S = 5.0
"""A hundred thousand take a fifth of a second to be summed up."""
LEFT_ALONE = "it turned new together with many others, and a person had them left alone"

_SUMMARY = "SELECT folder, count(*) FROM files WHERE state = 'held' GROUP BY folder"
_PAGE = """
    SELECT folder, name, size_bytes, mtime_ns FROM files
    WHERE state = 'held' AND (folder, name) > (?, ?) ORDER BY folder, name LIMIT ?
"""
_LEAVE = "UPDATE files SET state = 'ignored', reason = ? WHERE state = 'held'"

_LET_GO = """
    UPDATE files SET state = 'waiting', reason = '', revision = NULL
    WHERE folder = ? AND name = ? AND state = 'held'
"""


class Held:
    """Every call may block for milliseconds; all but the checks raise LedgerUnavailable."""

    def __init__(self, database: Database, clock: Clock, *, filespace: str) -> None:
        self._database = database
        self._clock = clock
        self._filespace = filespace
        self._summary = ""
        self._asked_s: float | None = None

    def count(self) -> int:
        (count,) = self._database.rows("SELECT count(*) FROM files WHERE state = 'held'")[0]
        return int(count)

    def page(self, after: str, limit: int) -> list[tuple[str, str]]:
        """Path and id of the revision, in the order of folders and names, of those after a path."""
        rows = self._database.rows(_PAGE, (*posixpath.split(after), limit))
        pairs = [(posixpath.join(folder, name), size, unsigned_date(mtime)) for folder, name, size, mtime in rows]
        return [(path, identity.file_id(self._filespace, path, size, mtime)) for path, size, mtime in pairs]

    def let_go(self, path: str) -> None:
        """It is a file like any other: whoever sees it next decides about it."""
        with self._database.changing() as connection:
            connection.execute(_LET_GO, posixpath.split(path))

    def leave(self) -> int:
        """Take all of them for known as they are now."""
        self._asked_s = None
        with self._database.changing() as connection:
            return connection.execute(_LEAVE, (LEFT_ALONE,)).rowcount

    def check(self) -> Check:
        """For people who ask; a person is needed, and the service does its work."""
        told = self._told()
        return Check(True, told, WHAT_TO_DO) if told else Check(True, "nothing is held back")

    def alarm(self) -> Check:
        """For people who do not."""
        told = self._told()
        return Check(False, told, WHAT_TO_DO) if told else Check(True, "nothing is held back")

    def _told(self) -> str:
        if self._asked_s is None or self._clock.monotonic() >= self._asked_s + LOOK_S:
            self._asked_s = self._clock.monotonic()
            try:
                folders = dict(self._database.rows(_SUMMARY))
            except RetryableError:
                return self._summary  # the ledger has a check of its own
            self._summary = _summary(folders) if folders else ""
        return self._summary


def _summary(folders: dict[str, int]) -> str:
    files = counted(sum(folders.values()), "file")
    return f"{files} delivered or left alone before turned new at once, {_where(list(folders))}: none is sent"


def _where(folders: list[str]) -> str:
    if len(folders) == 1:
        return f"in {folders[0] or 'the filespace itself'}"
    above = posixpath.commonpath([f"/{folder}" for folder in folders])[1:]
    return f"in {len(folders):,} folders below {above or 'the filespace itself'}"
