"""Edge: the logs of LucidLink's audit trail, read from where they were read to, a piece at a time.

`.lucid_audit/<node>/<year>/<month>/<begin>.log`, one folder for each machine; the log that is written to has `.active`
behind it, until it is rotated. A log is itself a file that its machine uploads: what it holds may lag behind its size.
"""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from watcher.selection import Kind
from watcher.sightings.audit_cursors import Month, Node, mark
from watcher.sightings.audit_lines import FOLDER, understood
from watcher.volume import Listing, Sight

LOG, ACTIVE = ".log", ".active"
PIECE_BYTES = 2**18
ROUND_BYTES = 2**22
"""So much is read before what was found is looked at."""
SETTLED_NS = 600 * 10**9
"""So long after its last change nothing more comes of a log that was rotated."""

_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_NAME = re.compile(r"(?P<begin>[^/]{1,100})\.log(?P<active>\.active)?")


class Volume(Protocol):
    """Raises Unanswered."""

    def list(self, folder: str) -> Listing | None: ...

    def look(self, path: str) -> Sight | None: ...

    def outside(self, path: str) -> Path: ...


@dataclass(slots=True)
class Heard:
    """What one round found.

    Attributes:
        places: paths, in the order in which they were named first.
        writers: by path, who wrote it last.
        changes: lines that say that something changed.
        trail_reads: lines that say that somebody read the audit trail.
        garbled: lines that could not be understood.
        left_bytes: how much more is read in this round.
    """

    places: dict[str, None] = field(default_factory=dict)
    writers: dict[str, str] = field(default_factory=dict)
    changes: int = 0
    trail_reads: int = 0
    garbled: int = 0
    left_bytes: int = field(default_factory=lambda: ROUND_BYTES)

    def take(self, piece: bytes) -> int:
        """The whole lines of a piece; how much of it they are. One that is longer than a piece is left out."""
        self.left_bytes -= len(piece)
        end = piece.rfind(b"\n") + 1
        if not end and len(piece) >= PIECE_BYTES:
            self.garbled += 1
            return len(piece)
        for line in piece[:end].split(b"\n"):
            self._line(line)
        return end

    def _line(self, line: bytes) -> None:
        if not line.strip():
            return
        said = understood(line)
        if said is None:
            self.garbled += 1
            return
        self.changes += bool(said.places)
        self.trail_reads += said.reads_trail
        self.places |= dict.fromkeys(said.places)
        if said.writer:
            self.writers[said.places[-1]] = said.writer


class AuditLogs:
    """Every call may block for as long as the mount does."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume

    def nodes(self) -> list[str] | None:
        """The machines that ever kept one; None if there is no audit trail. Raises Unanswered."""
        listing = self._volume.list(FOLDER)
        return None if listing is None else sorted(name for name in listing.folders if _NODE.fullmatch(name))

    def read(
        self,
        node: str,
        cursors: Node,
        months: Sequence[tuple[int, int]],
        into: Heard,
        *,
        now_ns: int,
        from_end: bool,
        is_brief: bool,
    ) -> bool:
        """Read what is new of a machine, in these months; whether it is writing a log. Raises Unanswered.

        Args:
            from_end: what stands in logs that were never heard of is passed over.
            is_brief: only in logs that are being written, or were until now.
        """
        writes = False
        for year, number in months:
            folder = f"{FOLDER}/{node}/{year}/{number:02}"
            listing = self._volume.list(folder)
            if listing is None and number < 10:
                folder = f"{FOLDER}/{node}/{year}/{number}"
                listing = self._volume.list(folder)
            if listing is not None:
                logs = _Logs(self._volume, folder, cursors.month(month_name(year, number)), now_ns, from_end)
                writes |= logs.read_brief(listing.files, into) if is_brief else logs.read(listing.files, into)
        return writes


@dataclass(frozen=True, slots=True)
class _Logs:
    """Those of one month."""

    volume: Volume
    folder: str
    month: Month
    now_ns: int
    from_end: bool

    def read_brief(self, names: Sequence[str], into: Heard) -> bool:
        ends = [name for name in names if name.endswith(ACTIVE)]
        rotated = [f"{begin}{LOG}" for begin in self.month.begun() if f"{begin}{LOG}{ACTIVE}" not in ends]
        for name in (*rotated, *ends):
            if (match := _NAME.fullmatch(name)) and into.left_bytes > 0:
                self._read(name, match["begin"], into, is_active=bool(match["active"]))
        return bool(ends)

    def read(self, names: Sequence[str], into: Heard) -> bool:
        found = [match for name in sorted(names) if (match := _NAME.fullmatch(name))]
        self.month.keep_only([match["begin"] for match in found])
        done = self.month.done()
        for match in found:
            begin, is_active = match["begin"], bool(match["active"])
            if mark(begin) in done or into.left_bytes <= 0:
                continue
            if self.from_end and not is_active and self.month.offset(begin) is None:
                self.month.finish(begin)
            else:
                self._read(match[0], begin, into, is_active=is_active)
        return any(match["active"] for match in found)

    def _read(self, name: str, begin: str, into: Heard, *, is_active: bool) -> None:
        path = f"{self.folder}/{name}"
        sight = self.volume.look(path)
        if sight is None or sight.kind is not Kind.FILE:
            return
        size = sight.look.size_bytes
        offset = self.month.offset(begin)
        if offset is None:
            offset = size if self.from_end else 0
            self.month.read(begin, offset)
        while offset < size and into.left_bytes > 0 and (piece := self._piece(path, offset)):
            taken = into.take(piece)
            if not taken:
                break
            offset += taken
            self.month.read(begin, offset)
        if not is_active and into.left_bytes > 0 and self.now_ns >= sight.look.mtime_ns + SETTLED_NS:
            self.month.finish(begin)

    def _piece(self, path: str, offset: int) -> bytes:
        """Empty if it was rotated or deleted just now, or cannot be read: it is tried again in the next round."""
        with suppress(OSError):
            descriptor = os.open(self.volume.outside(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                return os.pread(descriptor, PIECE_BYTES, offset)
            finally:
                os.close(descriptor)
        return b""


def month_name(year: int, number: int) -> str:
    return f"{year}-{number:02}"
