"""Edge: that the ledger was lost, as it says itself, and how it is made anew.

Every release is in the ledger before it is in the stream. So a release in the stream that the ledger does not know
proves that it was lost, or that it is an older copy. That is noted (`loss`) before anything else is written, and from
then on nothing is released until a person has said so, whatever is restarted meanwhile.

Order of writes. The note; then the stream, part by part, each with how far that is in one transaction; then, in one
more, what follows from it, the new baseline, and the end of the note. A crash before the last goes on where it stood
when a person asks again; one after it finds an ordinary ledger whose baseline goes on by itself.
"""

from collections.abc import Callable, Iterable

from postflow.messages import FileReady
from postflow.routing import WatchFolder
from watcher.baseline_rows import begin_anew
from watcher.database import Database
from watcher.replay import Told, take_over
from watcher.rows import split

LEFT_ALONE = "it was here when the ledger was made anew, and the stream knew nothing of it"

_NOTE = "INSERT OR IGNORE INTO loss (only, sequence) VALUES (1, 0)"
_SUPERSEDED = "SELECT path, file_id FROM revisions WHERE state = 'superseded'"
_REOPEN = """
    UPDATE files SET state = 'waiting', reason = '', revision = NULL
    WHERE folder = ? AND name = ? AND state = 'released' AND revision = ?
"""
_FAILED = "SELECT path, file_id FROM revisions WHERE state = 'failed'"
_FORGET = "DELETE FROM files WHERE folder = ? AND name = ? AND state = 'released' AND revision = ?"


class Loss:
    """Every call may block for as long as a disk does, and raises LedgerUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_noted(self) -> bool:
        return self._database.row("SELECT 1 FROM loss") is not None

    def knows(self, ready: FileReady) -> bool:
        row = self._database.row("SELECT attempt FROM revisions WHERE file_id = ?", (ready.file_id,))
        return row is not None and int(row[0]) >= ready.attempt

    def note(self) -> None:
        with self._database.changing() as connection:
            connection.execute(_NOTE)

    def sequence(self) -> int:
        """How far the stream is taken over."""
        row = self._database.row("SELECT sequence FROM loss")
        return int(row[0]) if row else 0

    def take_over(self, messages: Iterable[Told], sequence: int) -> None:
        with self._database.changing() as connection:
            take_over(connection, messages)
            connection.execute("UPDATE loss SET sequence = ?", (sequence,))

    def end(
        self,
        watch_folders: Iterable[WatchFolder],
        is_gone: Callable[[str], bool],
        *,
        since_ns: int,
        deliver_unknown: bool,
    ) -> None:
        """What the stream tells is taken over: from here on it is a ledger like any other.

        Args:
            since_ns: what is older and not known is left alone, or counts as new.
        """
        gone = [row for row in self._database.rows(_FAILED) if is_gone(row[0])]
        with self._database.changing() as connection:
            superseded = connection.execute(_SUPERSEDED).fetchall()
            connection.executemany(_REOPEN, [(*split(path), file_id) for path, file_id in superseded])
            connection.executemany(_FORGET, [(*split(path), file_id) for path, file_id in gone])
            begin_anew(connection, watch_folders, since_ns, "" if deliver_unknown else LEFT_ALONE)
            connection.execute("DELETE FROM loss")
