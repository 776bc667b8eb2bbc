"""Edge: ask the volume, in threads that can be left behind, and remember for how long it has kept somebody waiting."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from postflow.threads import in_thread
from watcher.clock import Clock
from watcher.volume import Unanswered

P = ParamSpec("P")
R = TypeVar("R")

SOON_S = 4.0
"""Somebody waits for the answer, and is told that there is none while he still listens."""
MOST_LEFT = 8
"""Questions that were given up and are not answered yet; with so many, nobody asks another that can be given up."""


class Ask(Protocol):
    """Raises what the question raises, and Unanswered if it was given up."""

    async def __call__(self, ask: Callable[P, R], /, *arguments: P.args, **named: P.kwargs) -> R: ...


class Asking:
    def __init__(self, clock: Clock, *, soon_s: float = SOON_S) -> None:
        self._clock = clock
        self._soon_s = soon_s
        self._asked_s: dict[object, float] = {}
        self._left: set[asyncio.Task[object]] = set()

    async def patiently(self, ask: Callable[P, R], /, *arguments: P.args, **named: P.kwargs) -> R:
        """Wait for as long as it takes."""
        question = object()
        self._asked_s[question] = self._clock.monotonic()
        try:
            return await in_thread(ask, *arguments, **named)
        finally:
            del self._asked_s[question]

    async def soon(self, ask: Callable[P, R], /, *arguments: P.args, **named: P.kwargs) -> R:
        """Raises Unanswered if it takes too long: the question is left behind."""
        if len(self._left) >= MOST_LEFT:
            raise Unanswered(f"{len(self._left)} questions have not been answered yet")
        question = asyncio.ensure_future(self.patiently(ask, *arguments, **named))
        await asyncio.wait([question], timeout=self._soon_s)
        if question.done():
            return question.result()
        self._left.add(question)
        question.add_done_callback(self._answered_late)
        raise Unanswered(f"no answer within {self._soon_s:g} s")

    def _answered_late(self, question: "asyncio.Task[object]") -> None:
        self._left.discard(question)
        if not question.cancelled():
            question.exception()  # nobody asks any more, and nobody need hear of it

    @property
    def unanswered_s(self) -> float:
        """For how long the volume has kept somebody waiting."""
        return self._clock.monotonic() - min(self._asked_s.values(), default=self._clock.monotonic())
