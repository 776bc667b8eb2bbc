"""Edge: tell people of files that have waited so long that somebody should know, each revision once.

Of those alone that are held back by what is in them, or by an upload that has not ended: a file that still changes has
a writer, what is paused waits for whoever paused it, and while nothing at all can be read there is a condition. The
message and the note that it was told are one transaction of the ledger, so that it is told once whatever restarts; a
file that changes is another revision.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.messages import FileWaiting
from postflow.routing import Routed, Rules, route
from watcher.clock import Clock
from watcher.contents.finding import Finding
from watcher.release import Sighting
from watcher.stability import Look, Steadiness

logger = get_logger(__name__)

PATIENCE_S = 3600.0
LOOK_S = 60.0


class Ledger(Protocol):
    def tell_waiting(self, waiting: FileWaiting) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Waits:
    path: str
    steady: Steadiness
    found: Finding


class Reminding:
    """
    Args:
        candidates: the files that wait.
        obstacle: what of a file itself holds it back; None if it is something else. Asked from another thread.
        about: the fields of every message about a file.
        can_read: whether reading works at all.
        told: called when there is something to publish.
    """

    def __init__(
        self,
        rules: Callable[[], Rules],
        ledger: Ledger,
        clock: Clock,
        *,
        candidates: Callable[[], Iterable[tuple[str, Steadiness]]],
        obstacle: Callable[[str, Steadiness], Finding | None],
        about: Callable[[Sighting, datetime], dict[str, object]],
        can_read: Callable[[], bool],
        told: Callable[[], None],
    ) -> None:
        self._rules = rules
        self._ledger = ledger
        self._clock = clock
        self._candidates = candidates
        self._obstacle = obstacle
        self._about = about
        self._can_read = can_read
        self._tell = told
        self._done: dict[str, Look] = {}

    async def look(self) -> None:
        """What cannot be noted now is told with the next look."""
        if not self._can_read():
            return
        since_s = self._clock.monotonic() - PATIENCE_S
        long = [(path, steady) for path, steady in self._candidates() if steady.since_s <= since_s]
        waits = await asyncio.to_thread(self._held_back, long)
        waiting = {one.path for one in waits}
        self._done = {path: look for path, look in self._done.items() if path in waiting}
        new = [one for one in waits if self._done.get(one.path) != one.steady.look]
        if new:
            try:
                await asyncio.to_thread(self._note, new, self._clock.now())
            except RetryableError as error:
                logger.warning("cannot tell of files that wait", action="waiting_retry", why=str(error))
            self._tell()

    def _held_back(self, files: Sequence[tuple[str, Steadiness]]) -> list[_Waits]:
        """There may be many thousands, and each is held against the rules: not while everybody else waits."""
        return [
            _Waits(path, steady, found) for path, steady in files if (found := self._obstacle(path, steady)) is not None
        ]

    def _note(self, waits: Sequence[_Waits], at: datetime) -> None:
        """Raises LedgerUnavailable."""
        for one in waits:
            verdict = route(self._rules(), one.path)
            if isinstance(verdict, Routed):
                self._note_one(one, verdict.destination.channel, at)
            self._done[one.path] = one.steady.look

    def _note_one(self, waits: _Waits, channel: str, at: datetime) -> None:
        about = self._about(Sighting(waits.path, waits.steady.look, waits.steady.changed_at), at)
        told = {"waiting_for": waits.found.waits_for, "what_to_do": waits.found.what_to_do, "channel": channel}
        if self._ledger.tell_waiting(FileWaiting.model_validate(about | told)):
            logger.warning("waits for long", action="waits_long", path=waits.path, why=waits.found.why)
