"""Edge: has the parts of a service look anew when a person asks how it is."""

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from postflow.errors import PostFlowError
from postflow.logs import get_logger

logger = get_logger(__name__)

REST_S = 5.0
"""Whoever asks again and again looks no more often than that."""

Look = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Part:
    look: Look
    looking: asyncio.Task[None] | None = None
    looked_s: float | None = None


class Looks:
    """What a service looks at seldom, because each look costs somebody something."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._parts: list[_Part] = []

    def add(self, look: Look) -> None:
        self._parts.append(_Part(look))

    async def anew(self, within_s: float) -> None:
        """Look at everything that was not looked at just now. What takes longer goes on, and is seen next time."""
        looking = [task for part in self._parts if (task := self._begun(part)) is not None]
        if looking:
            await asyncio.wait(looking, timeout=within_s)

    def _begun(self, part: _Part) -> asyncio.Task[None] | None:
        """The look that is under way; None when it is too early for another one."""
        if part.looking is not None and not part.looking.done():
            return part.looking
        if part.looked_s is not None and self._clock() - part.looked_s < REST_S:
            return None
        # In a context of its own: it belongs to no file's trace.
        part.looking = asyncio.create_task(self._carried_out(part), context=contextvars.Context())
        return part.looking

    async def _carried_out(self, part: _Part) -> None:
        try:
            await part.look()
        except PostFlowError as error:
            logger.debug("a look came to nothing", action="look_failed", why=str(error))
        except Exception as error:
            # A defect in a look must not keep the service from answering.
            logger.error("a look broke", action="broken", exc_info=error)
        part.looked_s = self._clock()
