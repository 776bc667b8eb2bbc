"""Edge: what the ledger holds of watch folders and of what was there before, as SQL and as its rows."""

import json
import sqlite3
from collections.abc import Iterable

from postflow.routing import WatchFolder, folded
from watcher.records import FileState
from watcher.rows import signed
from watcher.stability import Look

NEW, UNDERWAY, DONE = "new", "underway", "done"
"""A watch folder that was not found yet; one whose frontier is being looked through; one that has none."""

UPSERT_WATCH_FOLDER = """
    INSERT INTO watch_folders (folder, globs, since_ns, passed_ns, state, left_alone, took)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (folder) DO UPDATE SET
        globs = excluded.globs, since_ns = excluded.since_ns, passed_ns = excluded.passed_ns, state = excluded.state,
        left_alone = excluded.left_alone, took = excluded.took
"""
INSERT_FRONTIER = "INSERT OR IGNORE INTO frontier (place, watch_folder) VALUES (?, ?)"
INSERT_OLD_FILE = """
    INSERT OR IGNORE INTO files (folder, name, size_bytes, mtime_ns, inode, state, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def begin_anew(
    connection: sqlite3.Connection, watch_folders: Iterable[WatchFolder], since_ns: int, left_alone: str
) -> None:
    """Within a transaction; for a `Baseline` that begins after it.

    Args:
        left_alone: why what was there at that moment, and is not known, is left alone; empty: it counts as new.
    """
    state = NEW if left_alone else DONE
    connection.execute("DELETE FROM frontier")
    for watch in watch_folders:
        values = (folded(watch.folder), globs_of(watch), since_ns, since_ns, state, left_alone, "")
        connection.execute(UPSERT_WATCH_FOLDER, values)


def globs_of(watch: WatchFolder) -> str:
    return json.dumps([watch.include, watch.exclude])


def watch_folder(folder: str, globs: str) -> WatchFolder | None:
    """As it was under globs of before; None if there were none."""
    if not globs:
        return None
    include, exclude = json.loads(globs)
    return WatchFolder(folder=folder, include=tuple(include), exclude=tuple(exclude))


def old_file(path: str, look: Look, why: str) -> tuple[object, ...]:
    folder, _, name = path.rpartition("/")
    size_bytes, mtime_ns, inode = (signed(number) for number in (look.size_bytes, look.mtime_ns, look.inode))
    return folder, name, size_bytes, mtime_ns, inode, FileState.IGNORED, why
