"""Pure: what the ledger holds of a path and of a revision."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from postflow.destination import Destination
from watcher.attention import Revision


class FileState(StrEnum):
    """What was decided about a path."""

    WAITING = "waiting"
    RELEASED = "released"
    MOVED = "moved"
    IGNORED = "ignored"
    REJECTED = "rejected"
    HELD = "held"
    """It turned new together with many others: a person is asked."""
    UNWATCHED = "unwatched"
    """No rule wanted it when it was finished, though one had when it was seen: judged again when they change."""


class RevisionState(StrEnum):
    """How far the newest attempt of a revision has come, as far as the watcher heard."""

    RELEASING = "releasing"
    READY = "ready"
    DELIVERED = "delivered"
    SUPERSEDED = "superseded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger holds for a path."""

    size_bytes: int
    mtime_ns: int
    state: FileState

    @property
    def decided(self) -> Revision | None:
        return None if self.state is FileState.WAITING else (self.size_bytes, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class Released:
    """What the ledger holds for a revision."""

    attempt: int
    state: RevisionState


@dataclass(frozen=True, slots=True)
class Underway:
    """A revision that the stream has taken and whose attempt has not ended, as far as the watcher heard."""

    file_id: str
    path: str
    size_bytes: int
    mtime_ns: int
    attempt: int
    destination: Destination
    changed_at: datetime
    released_at: datetime


@dataclass(frozen=True, slots=True)
class Twin:
    """Another path of the same name, size and mtime.

    Attributes:
        file_id: of the revision that was released for it; None if it was left alone.
    """

    path: str
    state: FileState
    file_id: str | None
    revision: RevisionState | None
    destination: Destination | None


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that the stream may not have yet."""

    number: int
    subject: str
    payload: bytes
