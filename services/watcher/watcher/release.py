"""Edge: what becomes of a file that has stopped changing: `file.ready`, once, or why not.

The handler of the watcher. It writes its decision and the message about it into the ledger; `watcher.outbox` publishes
from there. Which revisions are sent:

- One that was never released, or whose last attempt ended without delivery though the file is as it was (superseded by
  a revision that did not stay, or failed and taken away since): the next attempt.
- Not one that is underway or was delivered: a file that was put back as it was is in Frame.io already. Nor one that was
  decided about under another Unicode form of the same path.
- Not one that was moved: the old path is certainly gone, name, size and mtime are the same, the rules send both to the
  same place, and the old one was delivered, or left alone because it was here before. While the old one is underway
  nobody knows whether it will still be read: then the new path is released. The old attempt is not for us to end: once
  it is released the uploader does that, and before it is nobody has heard of it.
- Not one of very many that were delivered or left alone before and turn new at once: a person is asked (`fuse.py`). One
  that only has another date is sent: whether its content is the same, nobody can tell without reading all of a film.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from postflow import identity
from postflow.destination import Destination, Lane
from postflow.logs import get_logger
from postflow.messages import FileReady, FileRejected
from postflow.pauses import Pauses
from postflow.routing import Rejected, Routed, Rules, Unwatched, route, sequence_of
from watcher.fuse import Flow
from watcher.records import FileState, Known, Released, RevisionState, Twin
from watcher.stability import Look
from watcher.verdicts import place_of, reason_of, stands

logger = get_logger(__name__)

IN_GOOD_HANDS = (RevisionState.RELEASING, RevisionState.READY, RevisionState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A file that has stopped changing.

    Attributes:
        changed_at: when it was seen to change last.
    """

    path: str
    look: Look
    changed_at: datetime


class Decision(StrEnum):
    RELEASED = "released"
    REJECTED = "rejected"
    MOVED = "moved"
    KNOWN = "released before"
    UNWATCHED = "not watched any more"
    HELD = "paused, or one of many that turned new"
    UNPROVED = "not known to be whole"
    """Of these two nothing is decided: it is asked again."""
    HELD_BACK = "one of very many that turned new"
    """A person is asked."""


class Ledger(Protocol):
    """Every call raises LedgerUnavailable, and then nothing was changed."""

    def known(self, path: str) -> Known | None: ...

    def revision(self, file_id: str) -> Released | None: ...

    def twins(self, path: str, look: Look) -> list[Twin]: ...

    def keep(self, path: str, look: Look, state: FileState, *, reason: str, file_id: str | None = None) -> None: ...

    def move(self, path: str, look: Look, *, origin: Twin) -> None: ...

    def release(self, ready: FileReady, look: Look) -> None: ...

    def reject(self, rejected: FileRejected, look: Look, *, reason: str) -> None: ...

    def rejected_of_sequence(self, path: str) -> bool: ...

    def turned_away(self) -> list[tuple[str, FileState, str]]: ...

    def reopen(self, paths: Sequence[str]) -> None: ...


class Turned(Protocol):
    """Raises LedgerUnavailable."""

    def flow(self, path: str, look: Look, turned_at: datetime, now: datetime) -> Flow: ...

    def was_left_alone(self, path: str, look: Look) -> bool: ...


class Volume(Protocol):
    def is_gone(self, path: str) -> bool: ...


class Release:
    """May block for as long as a disk does: call it from a thread."""

    def __init__(
        self,
        rules: Callable[[], Rules],
        ledger: Ledger,
        volume: Volume,
        turned: Turned,
        *,
        filespace: str,
        large_bytes: int,
        proved: Callable[[str, Look], bool],
        pauses: Callable[[], Pauses] = Pauses,
        writer: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """
        Args:
            writer: who wrote a file, if people shall hear of it.
            proved: whether what is in a file was looked at, as it is now, and holds it back no more.
        """
        self._rules = rules
        self._ledger = ledger
        self._volume = volume
        self._filespace = filespace
        self._large_bytes = large_bytes
        self._proved = proved
        self._pauses = pauses
        self._turned = turned
        self._writer = writer

    def decide(self, sighting: Sighting, at: datetime) -> Decision:
        """Decide, once and for good, about this revision. Raises LedgerUnavailable."""
        verdict = route(self._rules(), sighting.path)
        match verdict:
            case Unwatched(reason):
                self._ledger.keep(sighting.path, sighting.look, FileState.UNWATCHED, reason=reason)
                return Decision.UNWATCHED
            case Rejected():
                return self._reject(sighting, verdict, at)
            case Routed(destination):
                return self._take(sighting, destination, at)

    def judge_again(self, rules: Rules) -> list[str]:
        """Under rules that changed, take up again what they turn away no more, or reject for another reason."""
        turned_away = self._ledger.turned_away()
        changed = [path for path, state, reason in turned_away if not stands(rules, path, state, reason)]
        if changed:
            self._ledger.reopen(changed)
        return changed

    def _reject(self, sighting: Sighting, rejected: Rejected, at: datetime) -> Decision:
        if sequence_of(sighting.path) and self._ledger.rejected_of_sequence(sighting.path):
            # People hear of a sequence once, by the frame that came first.
            self._ledger.keep(sighting.path, sighting.look, FileState.REJECTED, reason=reason_of(rejected))
            logger.debug("rejected with its sequence", action="rejected", path=sighting.path)
            return Decision.REJECTED
        about = self.about(sighting, at)
        told = {"why": rejected.why, "expected": rejected.expected, "channel": rejected.channel}
        self._ledger.reject(FileRejected.model_validate(about | told), sighting.look, reason=reason_of(rejected))
        logger.info("rejected", action="rejected", file_id=about["file_id"], path=sighting.path, **told)
        return Decision.REJECTED

    def _take(self, sighting: Sighting, destination: Destination, at: datetime) -> Decision:
        path, look = sighting.path, sighting.look
        about = self.about(sighting, at)
        file_id = str(about["file_id"])
        earlier = self._ledger.revision(file_id)
        if earlier is not None and earlier.state in IN_GOOD_HANDS:
            self._ledger.keep(path, look, FileState.RELEASED, reason="", file_id=file_id)
            logger.info("was released before", action="known", file_id=file_id, path=path, state=earlier.state)
            return Decision.KNOWN
        if self._was_left_alone(path, look):
            self._ledger.keep(path, look, FileState.IGNORED, reason="it was left alone before")
            return Decision.KNOWN
        origin = self._origin(path, look, destination)
        if origin is not None:
            self._ledger.move(path, look, origin=origin)
            logger.info("moved, not sent again", action="moved", path=path, moved_from=origin.path)
            return Decision.MOVED
        flow = self._turned.flow(path, look, sighting.changed_at, at)
        if flow is Flow.HOLD:
            return Decision.HELD_BACK
        if flow is Flow.WAIT or self._pauses().why(destination.show, destination.route):
            return Decision.HELD
        if not self._proved(path, look):
            return Decision.UNPROVED
        self.send(about, look, destination, earlier)
        return Decision.RELEASED

    def send(self, about: dict[str, object], look: Look, destination: Destination, earlier: Released | None) -> int:
        """Release it as the attempt after the earlier one; one that was delivered is sent once more, because a person
        wants it so. Returns the attempt; raises LedgerUnavailable."""
        attempt = earlier.attempt + 1 if earlier else 1
        lane = Lane.LARGE if look.size_bytes >= self._large_bytes else Lane.SMALL
        again = earlier is not None and earlier.state is RevisionState.DELIVERED
        decided = {"attempt": attempt, "destination": destination, "lane": lane, "again": again}
        self._ledger.release(FileReady.model_validate(about | decided), look)
        return attempt

    def _was_left_alone(self, path: str, look: Look) -> bool:
        """Under any Unicode form of its path: a filespace may spell a name anew after a mount."""
        spellings = {path, unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)}
        held = [known for spelling in spellings if (known := self._ledger.known(spelling)) is not None]
        return self._turned.was_left_alone(path, look) or any(
            known.state is FileState.IGNORED and look.is_revision(known.size_bytes, known.mtime_ns) for known in held
        )

    def about(self, sighting: Sighting, at: datetime) -> dict[str, object]:
        path, look = sighting.path, sighting.look
        return {
            "file_id": identity.file_id(self._filespace, path, look.size_bytes, look.mtime_ns),
            "filespace": self._filespace,
            "path": path,
            "size_bytes": look.size_bytes,
            "mtime_ns": look.mtime_ns,
            "changed_at": sighting.changed_at,
            "written_by": self._writer(path),
            "at": at,
        }

    def _origin(self, path: str, look: Look, destination: Destination) -> Twin | None:
        """The path that this one was moved from, if it needs no delivery of its own."""
        for twin in self._ledger.twins(path, look):
            delivered = twin.revision is RevisionState.DELIVERED
            left_alone = twin.file_id is None
            same_place = self._place(twin) == place_of(destination)
            if (delivered or left_alone) and same_place and self._volume.is_gone(twin.path):
                return twin
        return None

    def _place(self, twin: Twin) -> tuple[object, ...] | None:
        """Where the old path went, or would have gone had it not been left alone."""
        if twin.destination is not None:
            return place_of(twin.destination)
        verdict = route(self._rules(), twin.path)
        return place_of(verdict.destination) if isinstance(verdict, Routed) else None
