"""Edge: follow files until something is decided about them: looks, at the moment each is due, and the decision."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.messages import FileEnded
from watcher.asking import Ask
from watcher.attention import Attention, Verdict
from watcher.clock import Clock
from watcher.looking import Looked, Volume, look_at
from watcher.release import Decision, Sighting
from watcher.sightings.scan import Found, Slice
from watcher.stability import Look
from watcher.volume import Sight

logger = get_logger(__name__)

LOOKS_AT_ONCE = 64
"""Few enough that a file that is due does not wait for a crowd."""

MOST_DOUBLINGS = 8
"""Of the quiet time; twenty seconds become an hour and a half."""


class Ledger(Protocol):
    """Every call raises LedgerUnavailable."""

    def wait_for(self, found: Iterable[tuple[str, Look]]) -> None: ...

    def forget_waiting(self, paths: Sequence[str]) -> None: ...


class Decides(Protocol):
    def decide(self, sighting: Sighting, at: datetime) -> Decision: ...


class Examines(Protocol):
    """What looks into files."""

    def want(self, path: str, look: Look) -> None: ...

    def forget(self, path: str) -> None: ...


class Following:
    """Files on their way from the first look to the decision.

    Args:
        decided: called when there may be something to publish.
        why_not: what speaks against a file that has stopped changing: it is looked at again.
    """

    def __init__(
        self,
        attention: Attention,
        ledger: Ledger,
        volume: Volume,
        release: Decides,
        examining: Examines,
        clock: Clock,
        *,
        decided: Callable[[], None],
        why_not: Callable[[str, Look], str | None],
        ask: Ask,
    ) -> None:
        self._attention = attention
        self._ledger = ledger
        self._volume = volume
        self._release = release
        self._examining = examining
        self._clock = clock
        self._decided = decided
        self._why_not = why_not
        self._ask = ask
        self._lost: Callable[[str], None] = lambda path: None
        self._stirred: Callable[[str], None] = lambda folder: None
        self._told: dict[str, str] = {}
        self._held: set[str] = set()
        self._ledger_fails = False
        self.changed = asyncio.Event()
        """Set when something may be due earlier than before."""

    def when_lost(self, tell: Callable[[str], None]) -> None:
        """Have somebody told of paths that are not followed any more, as they may come back under the same name."""
        self._lost = tell

    def when_stirred(self, tell: Callable[[str], None]) -> None:
        """Have somebody told of folders in which something has changed, or may still be changing."""
        self._stirred = tell

    async def take(self, part: Slice) -> None:
        """Follow what a scan found. Raises LedgerUnavailable: then nothing was taken."""
        fresh = [(found.path, found.look) for found in part.found if found.is_unknown and found.look.size_bytes]
        if fresh:
            await asyncio.to_thread(self._ledger.wait_for, fresh)
        lost = [path for path in part.lost if path not in self._attention]
        if lost:
            await asyncio.to_thread(self._ledger.forget_waiting, lost)
        now_s, now_at = self._clock.monotonic(), self._clock.now()
        for found in part.found:
            self._consider(found, now_s, now_at)
        for path, look in part.recent:
            self._attention.decided(path, look, now_s=now_s, now_at=now_at)
        self.changed.set()

    def _consider(self, found: Found, now_s: float, now_at: datetime) -> None:
        verdict = self._attention.look(
            found.path, found.look, asked_s=found.asked_s, now_s=now_s, now_at=now_at, decided=found.decided
        )
        self._tell(found.path, found.look, verdict)
        if verdict is Verdict.FINISHED:
            self._attention.want(found.path, now_s)

    def want(self, path: str, at_s: float | None = None) -> bool:
        """Look at a followed path now, or then; False if it is not followed."""
        if wanted := self._attention.want(path, self._clock.monotonic() if at_s is None else at_s):
            self.changed.set()
        return wanted

    def resume(self) -> None:
        """What was held is decided about now, or held again."""
        held, self._held = self._held, set()
        for path in held:
            self.want(path)

    def look_again(self, ended: FileEnded) -> None:
        """A revision was released and is undecided again. The more often that happened, the longer it must be quiet."""
        times = 2.0 ** min(ended.attempt, MOST_DOUBLINGS)
        self._attention.reopen(ended.path, (ended.size_bytes, ended.mtime_ns), times=times)

    async def look_at_due(self) -> bool:
        """Look at what is due and decide about what has stopped changing; False if nothing was due."""
        paths = self._attention.due(self._clock.monotonic(), LOOKS_AT_ONCE)
        try:
            await self._look(paths)
        except BaseException:
            for path in paths:
                self._attention.postpone(path, self._clock.monotonic())
            raise
        return bool(paths)

    async def _look(self, paths: Sequence[str]) -> None:
        looked = await self._ask(look_at, self._volume, paths, self._clock) if paths else []
        finished: list[Sighting] = []
        lost = []
        for one in looked:
            if one.path not in self._attention:
                continue  # let go meanwhile, by somebody else's look at it
            if one.sight is not None:
                finished += self._judge(one, one.sight)
            elif not one.is_certain:
                self._attention.postpone(one.path, self._clock.monotonic())
            elif not self._missing(one.path):
                lost.append(one.path)
        if lost:
            await self._lose(lost)
        if finished := [one for one in finished if self._why_not(one.path, one.look) is None]:
            await self._decide(finished)

    def _judge(self, looked: Looked, sight: Sight) -> list[Sighting]:
        """The file itself, if it has stopped changing."""
        path = looked.path
        verdict = self._attention.look(
            path, sight.look, asked_s=looked.asked_s, now_s=self._clock.monotonic(), now_at=self._clock.now()
        )
        self._tell(path, sight.look, verdict)
        if verdict is not Verdict.FINISHED:
            return []
        return [Sighting(path, sight.look, self._attention.changed_at(path))]

    def _missing(self, path: str) -> bool:
        """Whether it is still followed."""
        if self._told.pop(path, None):
            logger.info("gone before it was finished", action="gone", path=path)
        self._examining.forget(path)
        return self._attention.missing(path, self._clock.monotonic())

    async def _lose(self, paths: Sequence[str]) -> None:
        try:
            await asyncio.to_thread(self._ledger.forget_waiting, paths)
        except RetryableError as error:
            self._tell_failure(error)
        for path in paths:
            self._lost(path)

    async def _decide(self, sightings: Sequence[Sighting]) -> None:
        at = self._clock.now()
        decisions = await self._ask(self._decisions, sightings, at)
        now_s, now_at = self._clock.monotonic(), self._clock.now()
        for sighting, decision in zip(sightings, decisions, strict=True):
            if decision is Decision.HELD:
                self._held.add(sighting.path)
                self._attention.hold(sighting.path, now_s)
            elif decision is Decision.UNPROVED:
                self._examining.want(sighting.path, sighting.look)
                self._attention.wait(sighting.path, now_s)
            elif decision is not None:
                self._told.pop(sighting.path, None)
                self._examining.forget(sighting.path)
                self._attention.decided(sighting.path, sighting.look, now_s=now_s, now_at=now_at)
        self._decided()

    def _decisions(self, sightings: Sequence[Sighting], at: datetime) -> list[Decision | None]:
        """None where no decision could be taken: the file is looked at again."""
        if self._volume.doubt() is not None:
            return [None] * len(sightings)  # what was looked at may have been on another volume
        decisions: list[Decision | None] = []
        for sighting in sightings:
            try:
                decisions.append(self._release.decide(sighting, at))
                self._ledger_fails = False
            except RetryableError as error:
                self._tell_failure(error)
                decisions.append(None)
            except Exception as error:
                # One odd file must not stop the watch.
                logger.error("cannot decide about a file", action="broken", path=sighting.path, exc_info=error)
                decisions.append(None)
        return decisions

    def _tell_failure(self, error: RetryableError) -> None:
        if not self._ledger_fails:
            logger.error("nothing can be decided for now", action="ledger_failed", why=str(error))
        self._ledger_fails = True

    def _tell(self, path: str, look: Look, verdict: Verdict) -> None:
        """Each step of a file once; of its folder at each look, as long as somebody may be at work there."""
        if verdict in (Verdict.FIRST, Verdict.WAITING):
            self._stirred(path.rpartition("/")[0])
        told = self._told.get(path)
        if verdict is Verdict.FIRST:
            self._told[path] = "seen"
            logger.info("seen", action="seen", path=path, size_bytes=look.size_bytes)
        elif verdict is Verdict.WAITING and told == "seen":
            self._told[path] = "waiting"
            logger.info("waiting for quiet", action="waiting", path=path, size_bytes=look.size_bytes)
        elif verdict is Verdict.EMPTY:
            logger.debug("without content so far", action="empty", path=path)
