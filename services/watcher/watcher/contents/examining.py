"""Edge: which files are looked into and when, and what was found: once for a revision that passes, else now and again.

A finding holds for the file as it looked then; whatever changes of that, it is looked into anew once it is quiet. One
that does not pass is looked into again at growing intervals, in case its writer changed it without a trace.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from postflow.checks import Check
from postflow.logs import get_logger
from postflow.waiting import Stopped, unless
from watcher.clock import Clock
from watcher.contents.finding import Finding, Outcome
from watcher.stability import Look

logger = get_logger(__name__)

AT_ONCE = 4
AGAIN_S = 15.0
"""Until a file that did not pass is looked into again; twice as long each time."""
LONGEST_AGAIN_S = 600.0
MOST_DOUBLINGS = 30
IDLE_S = 30.0
"""After so long without a file only one child is kept."""
SILENT_IN_A_ROW = 3
"""Files whose reads hang, without one between them that could be read: then it is the mount, and not the file."""

WHAT_TO_DO = "Look at the filespace's client; if it hangs, restart it. Files go on by themselves."


T = TypeVar("T")


class Helper(Protocol):
    def look_into(self, path: str, look: Look) -> Finding: ...

    def start(self) -> None: ...

    def rest(self) -> None: ...

    def end(self) -> None: ...


class Hung(Protocol):
    """Reads that were given up and have not ended."""

    def count(self) -> int: ...

    @property
    def are_too_many(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Found:
    """
    Attributes:
        due_s: when it is looked into again, if it does not pass.
        times: how often that was so already.
    """

    look: Look
    finding: Finding
    due_s: float
    times: int


class Examining:
    """
    Args:
        helpers: asked from threads; the first is kept when there is nothing to do.
    """

    def __init__(self, helpers: Sequence[Helper], hung: Hung, clock: Clock) -> None:
        self._helpers = tuple(helpers)
        self._free = list(reversed(helpers))
        self._hung = hung
        self._clock = clock
        self._tell: Callable[[str], bool] = lambda path: True
        self._found: dict[str, _Found] = {}
        self._wanted: dict[str, Look] = {}
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._freed = asyncio.Event()
        self._silent_in_a_row = 0
        self._threads = ThreadPoolExecutor(len(helpers), thread_name_prefix="contents")

    def when_found(self, tell: Callable[[str], bool]) -> None:
        """Have somebody told of files of which something was found; what he says no to is forgotten."""
        self._tell = tell

    def passed(self, path: str, look: Look) -> bool:
        """May be asked from any thread."""
        finding = self.finding(path, look)
        return finding is not None and finding.passes

    def finding(self, path: str, look: Look) -> Finding | None:
        """What was found of a file that looks so; None if it was not looked into. May be asked from any thread."""
        found = self._found.get(path)
        return found.finding if found is not None and found.look == look else None

    def want(self, path: str, look: Look) -> None:
        """Have it looked into, unless that was done and is not due again."""
        found = self._found.get(path)
        if found is not None and found.look == look and self._clock.monotonic() < found.due_s:
            return
        if path not in self._wanted:
            self._queue.put_nowait(path)
        self._wanted[path] = look

    def forget(self, path: str) -> None:
        """It is decided about, or gone."""
        self._found.pop(path, None)
        self._wanted.pop(path, None)

    def check(self) -> Check:
        silent = sum(one.finding.outcome is Outcome.SILENT for one in self._found.values())
        silent = max(silent, self._hung.count())
        if not silent:
            return Check(True, "what is in files can be read")
        reads = f"{silent} {'read gives' if silent == 1 else 'reads give'} no answer"
        if self._hung.are_too_many or self._silent_in_a_row >= SILENT_IN_A_ROW:
            return Check(False, f"reading what is in files hangs: {reads}, and none does", WHAT_TO_DO)
        return Check(True, f"{reads}; others do", WHAT_TO_DO)

    async def run(self, stop: asyncio.Event) -> None:
        """Look into what is wanted, until `stop`."""
        try:
            async with asyncio.TaskGroup() as tasks:
                with suppress(Stopped):
                    await self._in_thread(self._helpers[0].start)
                    while True:
                        path = await unless(stop, self._next())
                        tasks.create_task(self._examine(path, self._free.pop()))
                await asyncio.to_thread(self.end)
        finally:
            self.end()

    def end(self) -> None:
        """Give up the reads that are underway."""
        for helper in self._helpers:
            helper.end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def examine_all(self) -> bool:
        """Look into what is wanted now, one after the other; False if nothing is."""
        any_wanted = not self._queue.empty()
        while not self._queue.empty():
            await self._examine(self._queue.get_nowait(), self._free.pop())
        return any_wanted

    async def _next(self) -> str:
        """The next file, once there is a helper for it."""
        while not self._free:
            self._freed.clear()
            await self._freed.wait()
        while True:
            try:
                return await asyncio.wait_for(self._queue.get(), IDLE_S)
            except TimeoutError:
                for helper in self._free:
                    if helper is not self._helpers[0]:
                        await self._in_thread(helper.rest)

    async def _examine(self, path: str, helper: Helper) -> None:
        look = self._wanted.get(path)
        try:
            finding = await self._in_thread(lambda: helper.look_into(path, look)) if look is not None else None
        except Exception as error:
            # One odd file must not stop the watch.
            logger.error("cannot look into a file", action="broken", path=path, exc_info=error)
            finding = Finding(Outcome.UNREADABLE, "the look into it broke")
        finally:
            self._free.append(helper)
            self._freed.set()
            self._wanted.pop(path, None)
        if look is not None and finding is not None:
            self._keep(path, look, finding)

    def _keep(self, path: str, look: Look, finding: Finding) -> None:
        before = self._found.get(path)
        times = before.times + 1 if before is not None and before.look == look else 0
        due_s = self._clock.monotonic() + min(AGAIN_S * 2.0**times, LONGEST_AGAIN_S)
        self._found[path] = _Found(look, finding, due_s, min(times, MOST_DOUBLINGS))
        self._count_silence(finding)
        if finding.outcome is Outcome.BROKEN:
            logger.error("the check of a file's content broke", action="broken", path=path, why=finding.seen)
        elif not finding.passes and (before is None or before.finding != finding):
            logger.info("not finished", action="not_finished", path=path, why=finding.why)
        if not self._tell(path):
            self.forget(path)

    def _count_silence(self, finding: Finding) -> None:
        if finding.outcome is Outcome.SILENT:
            self._silent_in_a_row += 1
            return
        if self._silent_in_a_row:
            for path, one in self._found.items():
                if one.finding.outcome is Outcome.SILENT:  # it may answer now, too
                    self._found[path] = replace(one, due_s=self._clock.monotonic())
        self._silent_in_a_row = 0

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
