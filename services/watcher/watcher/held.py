"""Edge: what the fuse holds, as the ledger has it: how much, where, and what becomes of it."""

import posixpath

from postflow.checks import Check
from postflow.errors import RetryableError
from postflow.wording import counted
from watcher.clock import Clock
from watcher.database import Database
from watcher.rows import joined
from watcher.turned import TAKEN_UP

WHAT_TO_DO = (
    "If they are to be sent: `postflow resume`. If only their dates or folders are others: `postflow resume --leave`."
)
LOOK_S = 5.0
"""A hundred thousand take a fifth of a second to be summed up."""
LEFT_ALONE = "it turned new together with many others, and a person had them left alone"

_SUMMARY = "SELECT folder, count(*) FROM files WHERE state = 'held' GROUP BY folder"
_HELD = "SELECT folder, name FROM files WHERE state = 'held'"
_TAKE_UP = "UPDATE files SET state = 'waiting', reason = ?, revision = NULL WHERE state = 'held'"
_LEAVE = "UPDATE files SET state = 'ignored', reason = ? WHERE state = 'held'"


class Held:
    """Every call may block for milliseconds; all but the checks raise LedgerUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._summary = ""
        self._asked_s: float | None = None

    def count(self) -> int:
        (count,) = self._database.rows("SELECT count(*) FROM files WHERE state = 'held'")[0]
        return int(count)

    def take_up(self) -> list[str]:
        """Let all of them be decided about like any file, and not be held once more as they are; their paths."""
        self._asked_s = None
        with self._database.changing() as connection:
            paths = [joined(*row) for row in connection.execute(_HELD)]
            connection.execute(_TAKE_UP, (TAKEN_UP,))
        return paths

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
