"""Edge: the ledger: what was decided about each path, how each released revision ended, and what is still to be said.

`files` holds one row for a path: the revision that was decided about last. A file that changes keeps its row until
something is decided about what it has become. `revisions` holds every revision that was ever released, so that none is
released twice, and what the newest attempt came to. `waits_told` holds those of which people heard that they wait, and
`outbox` messages until the stream has them.

Order of writes. What is decided and the message about it are one transaction: the attempt is raised in it, before
anybody hears of the attempt. Then the message is published, then it leaves the outbox in a second transaction. A crash
before the first forgets the decision, and it is taken again; one after it finds the message in the outbox at the next
start and publishes it, once more perhaps: the same bytes with the same id, which the stream and every reader bear.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from postflow.messages import FileEnded, FileReady, FileRejected, FileWaiting, Message
from postflow.routing import sequence_of
from watcher.database import Database
from watcher.records import FileState, Known, Released, RevisionState, Twin, Unsent
from watcher.rows import joined, known_of, of_look, signed, split, twin_of
from watcher.stability import Look


class Seen:
    """Every call may block for milliseconds, and raises LedgerUnavailable when the disk does not take or give."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> int:
        (count,) = self._database.rows("SELECT count(*) FROM files")[0]
        return int(count)

    def known_in(self, folder: str) -> dict[str, Known]:
        """By name, all that is known in a folder (not in those below)."""
        query = "SELECT name, size_bytes, mtime_ns, state FROM files WHERE folder = ?"
        return {name: known_of(*rest) for name, *rest in self._database.rows(query, (folder,))}

    def known(self, path: str) -> Known | None:
        query = "SELECT size_bytes, mtime_ns, state FROM files WHERE folder = ? AND name = ?"
        row = self._database.row(query, split(path))
        return known_of(*row) if row else None

    def rejected_of_sequence(self, path: str) -> bool:
        """Whether another frame of the sequence of this one was rejected."""
        folder, name = split(path)
        start, sequence = name.rsplit(".", 2)[0], sequence_of(name)
        rows = self._database.rows(_REJECTED_LIKE, (folder, f"{start}.", f"{start}/"))
        return any(other != name and sequence_of(other) == sequence for (other,) in rows)

    def turned_away(self) -> list[tuple[str, FileState, str]]:
        """What the rules rejected, or did not want any more when it was finished: path, which of both, and reason."""
        return [
            (joined(folder, name), state, reason)
            for state in (FileState.REJECTED, FileState.UNWATCHED)
            for folder, name, reason in self._database.rows(_TURNED_AWAY.format(state=state))
        ]

    def wait_for(self, found: Iterable[tuple[str, Look]]) -> None:
        """Note paths that were never heard of; what is decided about others stays."""
        rows = [(*split(path), *of_look(look), FileState.WAITING) for path, look in found]
        with self._database.changing() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO files (folder, name, size_bytes, mtime_ns, inode, state)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def reopen(self, paths: Sequence[str]) -> None:
        """Decide anew about these."""
        with self._database.changing() as connection:
            connection.executemany(
                "UPDATE files SET state = 'waiting', reason = '', revision = NULL WHERE folder = ? AND name = ?",
                [split(path) for path in paths],
            )

    def forget(self, path: str) -> None:
        with self._database.changing() as connection:
            connection.execute("DELETE FROM files WHERE folder = ? AND name = ?", split(path))

    def forget_waiting(self, paths: Sequence[str]) -> None:
        """These are gone before anything was decided about them, if nothing was."""
        with self._database.changing() as connection:
            connection.executemany(
                "DELETE FROM files WHERE folder = ? AND name = ? AND state = 'waiting'",
                [split(path) for path in paths],
            )

    def revision(self, file_id: str) -> Released | None:
        row = self._database.row("SELECT attempt, state FROM revisions WHERE file_id = ?", (file_id,))
        return Released(row[0], RevisionState(row[1])) if row else None

    def twins(self, path: str, look: Look) -> list[Twin]:
        folder, name = split(path)
        query = """
            SELECT files.folder, files.name, files.state, files.revision, revisions.state, revisions.destination
            FROM files LEFT JOIN revisions ON revisions.file_id = files.revision
            WHERE files.size_bytes = ? AND files.mtime_ns = ? AND name = ? AND folder != ?
            AND files.state IN ('released', 'moved', 'ignored')
        """
        rows = self._database.rows(query, (look.size_bytes, signed(look.mtime_ns), name, folder))
        return [twin_of(*row) for row in rows]

    def keep(self, path: str, look: Look, state: FileState, *, reason: str, file_id: str | None = None) -> None:
        """Note what was decided when nobody has to hear of it."""
        with self._database.changing() as connection:
            connection.execute(UPSERT_FILE, (*split(path), *of_look(look), state, reason, file_id))

    def move(self, path: str, look: Look, *, origin: Twin) -> None:
        """Let a path take the place of another, which is gone."""
        reason = f"moved from {origin.path}"
        with self._database.changing() as connection:
            connection.execute(UPSERT_FILE, (*split(path), *of_look(look), FileState.MOVED, reason, origin.file_id))
            connection.execute("DELETE FROM files WHERE folder = ? AND name = ?", split(origin.path))

    def release(self, ready: FileReady, look: Look) -> None:
        values = (
            *(ready.file_id, ready.path, ready.attempt, RevisionState.RELEASING),
            *(ready.destination.model_dump_json(), ready.changed_at.isoformat()),
            *(signed(ready.size_bytes), signed(ready.mtime_ns)),
        )
        with self._database.changing() as connection:
            connection.execute(_UPSERT_REVISION, values)
            connection.execute(UPSERT_FILE, (*split(ready.path), *of_look(look), FileState.RELEASED, "", ready.file_id))
            connection.execute(_INSERT_UNSENT, _unsent(ready))

    def release_anew(self, ready: FileReady) -> bool:
        """Raise the attempt of a revision that is underway; False if it is not any more, and then nothing is done.

        What was decided about its path stays: that may be about a newer revision."""
        query = (
            "UPDATE revisions SET attempt = ?, state = 'releasing', released_at = NULL"
            " WHERE file_id = ? AND attempt < ? AND state = 'ready'"
        )
        with self._database.changing() as connection:
            if not connection.execute(query, (ready.attempt, ready.file_id, ready.attempt)).rowcount:
                return False
            connection.execute(_INSERT_UNSENT, _unsent(ready))
        return True

    def reject(self, rejected: FileRejected, look: Look, *, reason: str) -> None:
        with self._database.changing() as connection:
            connection.execute(UPSERT_FILE, (*split(rejected.path), *of_look(look), FileState.REJECTED, reason, None))
            connection.execute(_INSERT_UNSENT, _unsent(rejected))

    def tell_waiting(self, waiting: FileWaiting) -> bool:
        """Once for each revision; False if that was done."""
        with self._database.changing() as connection:
            note = "INSERT OR IGNORE INTO waits_told (file_id) VALUES (?)"
            is_new = connection.execute(note, (waiting.file_id,)).rowcount > 0
            if is_new:
                connection.execute(_INSERT_UNSENT, _unsent(waiting))
        return is_new

    def unsent(self, limit: int) -> list[Unsent]:
        """The oldest messages that are still to be published."""
        query = "SELECT number, subject, payload FROM outbox ORDER BY number LIMIT ?"
        return [
            Unsent(number, subject, payload.encode())
            for number, subject, payload in self._database.rows(query, (limit,))
        ]

    def sent(self, messages: Sequence[tuple[Unsent, Message]], at: datetime) -> None:
        """The stream has them."""
        with self._database.changing() as connection:
            for unsent, message in messages:
                connection.execute("DELETE FROM outbox WHERE number = ?", (unsent.number,))
                if isinstance(message, FileReady):
                    connection.execute(
                        "UPDATE revisions SET state = 'ready', released_at = ?"
                        " WHERE file_id = ? AND attempt = ? AND state = 'releasing'",
                        (at.isoformat(), message.file_id, message.attempt),
                    )

    def end(self, ended: FileEnded, state: RevisionState, *, reason: str) -> bool:
        """Note how an attempt ended; False if that is of no interest: it was delivered, or a newer one is underway."""
        with self._database.changing() as connection:
            is_newest = connection.execute(UPSERT_ENDING, of_ending(ended, state, reason)).rowcount > 0
            connection.execute(DELETE_OUTDATED, (ended.file_id, ended.attempt, state))
        return is_newest

    def is_current(self, path: str, file_id: str) -> bool:
        """Whether this revision is what was decided about last for this path."""
        query = "SELECT 1 FROM files WHERE folder = ? AND name = ? AND revision = ? AND state = 'released'"
        return self._database.row(query, (*split(path), file_id)) is not None


_REJECTED_LIKE = "SELECT name FROM files WHERE folder = ? AND name > ? AND name < ? AND state = 'rejected' LIMIT 50"
_TURNED_AWAY = "SELECT folder, name, reason FROM files WHERE state = '{state}'"
UPSERT_FILE = """
    INSERT INTO files (folder, name, size_bytes, mtime_ns, inode, state, reason, revision)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (folder, name) DO UPDATE SET
        size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, inode = excluded.inode,
        state = excluded.state, reason = excluded.reason, revision = excluded.revision
"""
_UPSERT_REVISION = """
    INSERT INTO revisions (file_id, path, attempt, state, destination, changed_at, size_bytes, mtime_ns)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (file_id) DO UPDATE SET
        path = excluded.path, attempt = excluded.attempt, state = excluded.state, reason = '',
        destination = excluded.destination, changed_at = excluded.changed_at, released_at = NULL, ended_at = NULL,
        size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns
"""
UPSERT_ENDING = """
    INSERT INTO revisions
        (file_id, path, attempt, state, reason, destination, changed_at, ended_at, size_bytes, mtime_ns)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (file_id) DO UPDATE SET
        attempt = max(attempt, excluded.attempt), state = excluded.state, reason = excluded.reason,
        ended_at = excluded.ended_at
    WHERE excluded.state = 'delivered' OR (state != 'delivered' AND attempt <= excluded.attempt)
"""
DELETE_OUTDATED = """
    DELETE FROM outbox
    WHERE file_id = ? AND (attempt <= ? OR (? = 'delivered' AND json_extract(payload, '$.again') IS NOT 1))
"""
_INSERT_UNSENT = "INSERT INTO outbox (file_id, attempt, subject, payload) VALUES (?, ?, ?, ?)"


def of_ending(ended: FileEnded, state: RevisionState, reason: str) -> tuple[object, ...]:
    """For `UPSERT_ENDING`."""
    return (
        *(ended.file_id, ended.path, ended.attempt, state, reason),
        *(ended.destination.model_dump_json(), ended.changed_at.isoformat(), ended.at.isoformat()),
        *(signed(ended.size_bytes), signed(ended.mtime_ns)),
    )


def _unsent(message: FileReady | FileRejected | FileWaiting) -> tuple[str, int, str, str]:
    return message.file_id, message.attempt, message.subject, message.model_dump_json()
