"""Edge: known files that turn new: what the ledger has of them, and whether the fuse lets them pass."""

from collections.abc import Callable
from datetime import datetime

from postflow.logs import get_logger
from watcher.database import Database
from watcher.fuse import Flow, Fuse
from watcher.rows import of_look, split
from watcher.stability import Look

logger = get_logger(__name__)

TURNED_NEW = "it was delivered or left alone before, and turned new together with very many others: a person is asked"

HELD, KNOWN = "held", "known"
"""What a file was before, as another revision or under another path."""
TAKEN_UP = "it turned new together with many others, and a person had them sent"
"""Of one that waits: as it is noted, it is not held once more."""


class Turned:
    """Every call may block for as long as a disk does, and raises LedgerUnavailable.

    Args:
        is_gone: whether there is certainly no file at a path any more.
    """

    def __init__(self, database: Database, fuse: Fuse, is_gone: Callable[[str], bool]) -> None:
        self._database = database
        self._fuse = fuse
        self._is_gone = is_gone
        self._masses_told = 0

    def flow(self, path: str, look: Look, turned_at: datetime, now: datetime) -> Flow:
        """Whether a file that is not known as it is now may be released. What is to be held is noted so.

        Args:
            turned_at: when it was seen to change last.
        """
        before = self._before(path, look)
        if before is None or self._was_taken_up(path, look):
            return Flow.FREE
        flow = Flow.HOLD if before == HELD else self._fuse.turns(path, turned_at, now)
        if flow is Flow.HOLD:
            self._hold(path, look)
        return flow

    def was_left_alone(self, path: str, look: Look) -> bool:
        """Whether a file that is held, or was until a person had it sent, was left alone when it was as it is now."""
        size_bytes, mtime_ns, _ = of_look(look)
        return self._database.row(_LEFT_ALONE, (*split(path), TAKEN_UP, size_bytes, mtime_ns)) is not None

    def _was_taken_up(self, path: str, look: Look) -> bool:
        size_bytes, mtime_ns, _ = of_look(look)
        return self._database.row(_TAKEN_UP, (*split(path), TAKEN_UP, size_bytes, mtime_ns)) is not None

    def _before(self, path: str, look: Look) -> str | None:
        (folder, name), (size_bytes, mtime_ns, _) = split(path), of_look(look)
        values = (size_bytes, folder, name, mtime_ns, size_bytes, name, folder)
        found = {before for (before,) in self._database.rows(_BEFORE, values)}
        return next((before for before in (HELD, KNOWN) if before in found), None)

    def _hold(self, path: str, look: Look) -> None:
        """What was decided about it before is remembered, in case it is so again. One that was moved is held once."""
        (folder, name), (size_bytes, mtime_ns, _) = split(path), of_look(look)
        twins = self._database.rows(_HELD_TWINS, (size_bytes, mtime_ns, name, folder))
        gone = [(twin, name) for (twin,) in twins if self._is_gone(f"{twin}/{name}" if twin else name)]
        with self._database.changing() as connection:
            connection.execute(_HOLD, (folder, name, *of_look(look), TURNED_NEW))
            connection.executemany("DELETE FROM files WHERE folder = ? AND name = ? AND state = 'held'", gone)
        if self._fuse.masses != self._masses_told:
            self._masses_told = self._fuse.masses
            logger.warning("very many known files turn new: they are held", action="fuse_blown", path=path)
        logger.debug("held back", action="held_back", path=path)


_LEFT_ALONE = """
    SELECT 1 FROM files WHERE folder = ? AND name = ? AND (state = 'held' OR reason = ?) AND revision IS NULL
    AND before_size_bytes = ? AND before_mtime_ns = ?
"""
_TAKEN_UP = """
    SELECT 1 FROM files WHERE folder = ? AND name = ? AND state = 'waiting' AND reason = ?
    AND size_bytes = ? AND mtime_ns = ?
"""
# Left alone counts while the size is the same: another one comes of a file that was still being written then.
_BEFORE = """
    SELECT CASE
        WHEN files.state = 'held' THEN 'held'
        WHEN files.state = 'moved' OR revisions.state = 'delivered' THEN 'known'
        WHEN files.state = 'ignored' AND files.size_bytes = ? THEN 'known'
    END
    FROM files LEFT JOIN revisions ON revisions.file_id = files.revision WHERE folder = ? AND name = ?
    UNION ALL
    SELECT CASE
        WHEN files.state = 'held' THEN iif(files.mtime_ns = ?, 'held', 'known')
        WHEN files.state IN ('moved', 'ignored') OR revisions.state = 'delivered' THEN 'known'
    END
    FROM files LEFT JOIN revisions ON revisions.file_id = files.revision
    WHERE files.size_bytes = ? AND name = ? AND folder != ?
"""
_HELD_TWINS = """
    SELECT folder FROM files WHERE size_bytes = ? AND mtime_ns = ? AND name = ? AND folder != ? AND state = 'held'
"""
_HOLD = """
    INSERT INTO files (folder, name, size_bytes, mtime_ns, inode, state, reason) VALUES (?, ?, ?, ?, ?, 'held', ?)
    ON CONFLICT (folder, name) DO UPDATE SET
        before_size_bytes = CASE state WHEN 'held' THEN before_size_bytes WHEN 'waiting' THEN NULL ELSE size_bytes END,
        before_mtime_ns = CASE state WHEN 'held' THEN before_mtime_ns WHEN 'waiting' THEN NULL ELSE mtime_ns END,
        size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, inode = excluded.inode,
        state = 'held', reason = excluded.reason
"""
