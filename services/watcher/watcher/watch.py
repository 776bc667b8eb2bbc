"""Edge: what is done when: walks at their periods, hints at once, looks when due. Nothing that fails ends it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.waiting import until_set
from watcher.attention import Attention
from watcher.clock import Clock
from watcher.following import Following
from watcher.hints import Hints
from watcher.hot import HotFolders
from watcher.turns import Turns
from watcher.walking import Walking

logger = get_logger(__name__)

LEAVE_S = 3.0
"""What the mount keeps waiting is given so long when the service ends, and left behind then."""


HOT_REST = 9.0
"""Hot folders are left alone for so many times as long as it took to list them: one of them may be very large."""


@dataclass(frozen=True, slots=True)
class Periods:
    hot_s: float
    names_s: float
    full_s: float


class Watch:
    def __init__(
        self,
        walking: Walking,
        following: Following,
        hints: Hints,
        attention: Attention,
        clock: Clock,
        periods: Periods,
        around: asyncio.Event,
        turns: Turns,
        hot: HotFolders,
    ) -> None:
        """
        Args:
            around: set when the names of everything should be looked at now.
        """
        self._walking = walking
        self._following = following
        self._hints = hints
        self._attention = attention
        self._clock = clock
        self._periods = periods
        self._around = around
        self._turns = turns
        self._hot = hot
        self._first_walk_over = asyncio.Event()
        self._everything = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            parts = (self._over_names, self._over_hot, self._over_everything, self._take_hints, self._look_at_due)
            working = [tasks.create_task(part(stop)) for part in parts]
            await stop.wait()
            self._walking.end()
            self._everything.set()
            for event in (self._around, self._first_walk_over, self._hints.given, self._following.changed):
                event.set()
            _, left = await asyncio.wait(working, timeout=LEAVE_S)
            for task in left:
                task.cancel()

    def look_at_everything(self) -> None:
        """Anything may have changed."""
        self._everything.set()

    async def _over_names(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._around.clear()
            began_s = self._clock.monotonic()
            if await _carried_out(self._walking.over_names):
                self._first_walk_over.set()
            await until_set(self._around, rest_s(self._periods.names_s, self._clock.monotonic() - began_s))

    async def _over_hot(self, stop: asyncio.Event) -> None:
        await self._first_walk_over.wait()
        while not stop.is_set():
            began_s = self._clock.monotonic()
            if due := self._hot.due(began_s):
                await _carried_out(partial(self._walking.over_hot, due))
            took_s = self._clock.monotonic() - began_s
            await until_set(stop, max(self._periods.hot_s, took_s * HOT_REST))

    async def _over_everything(self, stop: asyncio.Event) -> None:
        await self._first_walk_over.wait()
        while not stop.is_set():
            self._everything.clear()
            await _carried_out(self._walking.over_everything)
            await until_set(self._everything, self._periods.full_s)

    async def _take_hints(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._hints.given.wait()
            self._hints.given.clear()
            await _carried_out(self._hints.take)

    async def _look_at_due(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._following.changed.clear()
            if not await _carried_out(self._decide_what_is_due):
                due_s = self._attention.next_due_s()
                wait_s = None if due_s is None else max(due_s - self._clock.monotonic(), 0.0)
                await until_set(self._following.changed, wait_s)

    async def _decide_what_is_due(self) -> bool:
        async with self._turns.working():
            return await self._following.look_at_due()


def rest_s(period_s: float, took_s: float) -> float:
    """How long to rest after a walk: the next begins a period after this one did, so that the walk itself does not add
    to how long a name goes unseen; but others need the mount, too."""
    return max(period_s - took_s, min(took_s, period_s))


async def _carried_out(work: Callable[[], Awaitable[object]]) -> bool:
    """Whether it was, and had something to say for itself; what fails comes again with the next walk."""
    try:
        return await work() is not False
    except RetryableError as error:
        logger.error("cannot look for now", action="watch_failed", why=str(error))
    except Exception as error:
        # A defect must not end the watch: the next walk may well succeed, and the log tells.
        logger.error("looking broke", action="broken", exc_info=error)
    return False
