"""Edge: messages of the stream, taken over into the ledger as they were noted there when they were published.

What the ledger knows already stays as it is, so that a message may be taken over twice, and an older copy of a ledger
is brought up to date. What it can only know itself is not in the stream: what was there before, what was moved, what is
held, and decisions that were not published yet.
"""

import sqlite3
from collections.abc import Iterable

from postflow.messages import FileEnded, FileReady, FileRejected, FileWaiting
from watcher.records import FileState
from watcher.rows import signed, split
from watcher.seen import DELETE_OUTDATED, UPSERT_ENDING, UPSERT_FILE, of_ending
from watcher.told import ending_of

Told = FileReady | FileRejected | FileWaiting | FileEnded

_RELEASED = """
    INSERT INTO revisions (file_id, path, attempt, destination, changed_at, released_at, size_bytes, mtime_ns, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'ready')
    ON CONFLICT (file_id) DO UPDATE SET
        path = excluded.path, attempt = excluded.attempt, state = 'ready', reason = '',
        destination = excluded.destination, changed_at = excluded.changed_at, released_at = excluded.released_at,
        ended_at = NULL, size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns
    WHERE excluded.attempt > attempt OR (excluded.attempt = attempt AND state = 'releasing')
"""
# One that was released says more, and is found to have changed by itself.
_REJECTED = f"{UPSERT_FILE} WHERE files.revision IS NULL"
_WAITING = """
    INSERT OR IGNORE INTO files (folder, name, size_bytes, mtime_ns, inode, state) VALUES (?, ?, ?, ?, 0, 'waiting')
"""
_WAIT_TOLD = "INSERT OR IGNORE INTO waits_told (file_id) VALUES (?)"
_SENT = "DELETE FROM outbox WHERE subject = ? AND attempt = ?"


def take_over(connection: sqlite3.Connection, messages: Iterable[Told]) -> None:
    """Within the transaction that notes how far the stream was read."""
    for message in messages:
        match message:
            case FileReady():
                _release(connection, message)
            case FileRejected():
                reason = f"{message.why}; expected {message.expected}"
                connection.execute(_REJECTED, (*_revision(message), 0, FileState.REJECTED, reason, None))
            case FileWaiting():
                connection.execute(_WAITING, _revision(message))
                connection.execute(_WAIT_TOLD, (message.file_id,))
            case FileEnded():
                _end(connection, message)
        connection.execute(_SENT, (message.subject, message.attempt))


def _release(connection: sqlite3.Connection, ready: FileReady) -> None:
    values = (
        *(ready.file_id, ready.path, ready.attempt, ready.destination.model_dump_json()),
        *(ready.changed_at.isoformat(), ready.at.isoformat(), signed(ready.size_bytes), signed(ready.mtime_ns)),
    )
    if connection.execute(_RELEASED, values).rowcount:
        connection.execute(UPSERT_FILE, (*_revision(ready), 0, FileState.RELEASED, "", ready.file_id))


def _end(connection: sqlite3.Connection, ended: FileEnded) -> None:
    state, reason = ending_of(ended)
    connection.execute(UPSERT_ENDING, of_ending(ended, state, reason))
    connection.execute(DELETE_OUTDATED, (ended.file_id, ended.attempt, state))


def _revision(message: Told) -> tuple[object, ...]:
    return *split(message.path), signed(message.size_bytes), signed(message.mtime_ns)
