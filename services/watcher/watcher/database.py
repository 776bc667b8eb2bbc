"""Edge: the SQLite file behind the ledger: one watcher has it open, each change is synced."""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from postflow.checks import Check
from postflow.errors import PostFlowError, RetryableError

FILE_NAME = "seen.sqlite3"
BUSY_TIMEOUT_S = 5.0

MIGRATIONS = (
    """
    CREATE TABLE files (
        folder TEXT NOT NULL,
        name TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        revision TEXT,
        PRIMARY KEY (folder, name)
    ) WITHOUT ROWID;
    CREATE INDEX files_by_content ON files (size_bytes, mtime_ns);
    CREATE INDEX files_open ON files (state) WHERE state IN ('waiting', 'rejected');

    CREATE TABLE revisions (
        file_id TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        destination TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        released_at TEXT,
        ended_at TEXT
    ) WITHOUT ROWID;
    CREATE INDEX revisions_open ON revisions (state) WHERE state IN ('releasing', 'ready');

    CREATE TABLE outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        file_id TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        subject TEXT NOT NULL,
        payload TEXT NOT NULL
    );

    CREATE TABLE watch_folders (
        folder TEXT PRIMARY KEY,
        globs TEXT NOT NULL,
        since_ns INTEGER NOT NULL,
        passed_ns INTEGER NOT NULL,
        found INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL
    );
    CREATE TABLE frontier (
        place TEXT PRIMARY KEY,
        watch_folder TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    CREATE INDEX revisions_by_path ON revisions (path);
    CREATE INDEX revisions_failed ON revisions (file_id) WHERE state = 'failed';
    """,
    """
    ALTER TABLE revisions ADD COLUMN size_bytes INTEGER;
    ALTER TABLE revisions ADD COLUMN mtime_ns INTEGER;
    """,
    """
    CREATE INDEX revisions_ready ON revisions (file_id) WHERE state = 'ready';
    """,
    """
    CREATE TABLE waits_told (
        file_id TEXT PRIMARY KEY
    ) WITHOUT ROWID;
    """,
    """
    CREATE INDEX files_rejected ON files (reason) WHERE state = 'rejected';
    CREATE INDEX files_unwatched ON files (reason) WHERE state = 'unwatched';
    """,
    """
    ALTER TABLE files ADD COLUMN before_size_bytes INTEGER;
    ALTER TABLE files ADD COLUMN before_mtime_ns INTEGER;
    CREATE INDEX files_held ON files (folder) WHERE state = 'held';
    CREATE INDEX files_by_name ON files (name, size_bytes);
    """,
    """
    CREATE TABLE volume (
        kind TEXT NOT NULL,
        source TEXT NOT NULL
    );
    """,
    """
    CREATE TABLE loss (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sequence INTEGER NOT NULL
    );
    ALTER TABLE watch_folders ADD COLUMN left_alone TEXT NOT NULL DEFAULT '';
    """,
    """
    ALTER TABLE watch_folders ADD COLUMN took TEXT NOT NULL DEFAULT '';
    """,
)
"""One script for each version of the schema, in order. Never change one that was released."""


class LedgerUnavailable(RetryableError):
    """The ledger did not take or give something: the disk is full, or fails."""


class LedgerUnusable(PostFlowError):
    """The ledger cannot be opened; the text says what to do."""


class Database:
    """One connection for all threads, one at a time. Every call raises LedgerUnavailable when SQLite fails."""

    def __init__(self, folder: Path) -> None:
        """Raises LedgerUnusable."""
        self._path = folder / FILE_NAME
        self._turn = threading.RLock()
        self._trouble: str | None = None
        self._only_us = _locked(folder)
        try:
            self._connection = _opened(self._path)
        except (sqlite3.Error, LedgerUnusable) as error:
            self._only_us.close()
            if isinstance(error, LedgerUnusable):
                raise
            raise LedgerUnusable(
                f"{self._path} cannot be opened: {error}. Give it room and uid-writable files; if it is damaged, "
                "restore it from a backup, or move it away and start: then `postflow rebuild` makes it anew."
            ) from error

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: synced to disk when the block ends, undone when it raises."""
        with self._turn, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._trouble = None

    def rows(self, query: str, arguments: Sequence[object] = ()) -> list[Any]:
        with self._turn, self._translated():
            return self._connection.execute(query, arguments).fetchall()

    def row(self, query: str, arguments: Sequence[object] = ()) -> Any | None:
        with self._turn, self._translated():
            return self._connection.execute(query, arguments).fetchone()

    def check(self) -> Check:
        if self._trouble is None:
            return Check(True, f"{self._path} takes what is written")
        return Check(
            False,
            f"{self._path} takes nothing: {self._trouble}",
            "Give the disk of WATCHER_DATA room; nothing is released until then, and nothing is lost.",
        )

    def close(self) -> None:
        with self._turn:
            self._connection.close()
        self._only_us.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._trouble = str(error)
            raise LedgerUnavailable(f"the ledger failed: {error}") from error


def _locked(folder: Path) -> IO[bytes]:
    """Two watchers with one ledger would each release what the other is about to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "seen.lock").open("wb")
    except OSError as error:
        raise LedgerUnusable(f"{folder} is not writable: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise LedgerUnusable(f"another watcher uses {folder}: stop it first") from error
    return file


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_size_limit = 16777216")
        _bring_up_to_date(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise LedgerUnusable(
            f"the ledger has schema {version}, made by a newer release; this one knows {len(MIGRATIONS)}. "
            "Run the newer release."
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")
