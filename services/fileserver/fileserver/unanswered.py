"""Edge: what the mount was asked about each file and has not answered, so that a file that hangs takes few threads.

A thread that asks a mount cannot be stopped. Without a bound, those who ask for one file that hangs would take the
threads of all.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from fileserver.troubles import DiskTrouble
from postflow.logs import get_logger
from postflow.waiting import until_set

logger = get_logger(__name__)

T = TypeVar("T")

MOST_LOOKS = 4
"""At one file, at a time: those of eight files that hang take half of the threads."""

MOST_LEFT = 16
"""Of one file: reads that nobody waits for any more, and closes."""

HANGS_S = 10.0
"""A file that has kept somebody waiting for so long is not only slow."""


class Unanswered:
    """Belongs to one event loop.

    Args:
        most: questions about one file.
    """

    def __init__(self, most: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._monotonic = monotonic
        self._asked: dict[str, dict[Future[Any], float]] = {}
        self._told: set[str] = set()
        self._answered = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        """Known since the first turn, and nothing is asked before that."""

    def add(self, path: str, questions: "Iterable[Future[Any]]") -> None:
        """From now on they count, until they are answered."""
        now = self._monotonic()
        for question in questions:
            self._asked.setdefault(path, {})[question] = now
            question.add_done_callback(lambda answered: self._soon(self._forget, path, answered))

    def add_soon(self, path: str, questions: "Iterable[Future[Any]]") -> None:
        """From any thread."""
        self._soon(self.add, path, [question for question in questions if not question.done()])

    async def turn(self, path: str, *, patience_s: float, hangs_s: float = math.inf) -> None:
        """Wait until one more may be asked about a file.

        Args:
            patience_s: for how long to wait.
            hangs_s: a file that has kept somebody else waiting for so long is not waited for.

        Raises:
            DiskTrouble: no turn came.
        """
        self._loop = asyncio.get_running_loop()
        until_s = self._monotonic() + patience_s
        while len(asked := self._asked.get(path, {})) >= self._most:
            now_s, asked_at_s = self._monotonic(), min(asked.values())
            left_s = min(until_s, asked_at_s + hangs_s) - now_s
            if left_s <= 0:
                self._tell(path, now_s - asked_at_s)
                raise DiskTrouble(f"it hangs: {len(asked)} questions about this file have no answer")
            await until_set(self._answered, left_s)

    def hanging(self) -> int:
        """How many questions about all files hang."""
        since_s = self._monotonic() - HANGS_S
        return sum(asked_s <= since_s for asked in self._asked.values() for asked_s in asked.values())

    def _soon(self, do: Callable[[str, T], None], path: str, about: T) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            if self._loop is not None:
                self._loop.call_soon_threadsafe(do, path, about)

    def _forget(self, path: str, answered: "Future[Any]") -> None:
        asked = self._asked.get(path, {})
        asked.pop(answered, None)
        if not asked:
            self._asked.pop(path, None)
            if path in self._told:
                self._told.discard(path)
                logger.info("the file answers again", action="file_answers", path=path)
        self._answered.set()
        self._answered = asyncio.Event()  # one that is cleared might be so before all have heard of it

    def _tell(self, path: str, waited_s: float) -> None:
        """Once, until it answers."""
        if path not in self._told:
            self._told.add(path)
            logger.warning(
                "the mount gives no answer for a file; the others are served",
                action="file_hangs",
                path=path,
                waited_s=round(waited_s),
                what_to_do="Look at the mount and its log; requests for this file are answered 503 meanwhile.",
            )
