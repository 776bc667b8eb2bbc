"""Edge: many may work at a time, or one alone may change what they work by."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postflow.errors import RetryableError
from postflow.waiting import until_set


class StillAtWork(RetryableError):
    """Somebody did not come to the end of his work in time."""


class Turns:
    def __init__(self) -> None:
        self._workers = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = asyncio.Event()
        self._open.set()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A piece of work, during which nothing is changed. Not to be taken within another one."""
        while not self._open.is_set():
            await self._open.wait()
        self._workers += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._workers -= 1
            if not self._workers:
                self._idle.set()

    @asynccontextmanager
    async def alone(self, within_s: float) -> AsyncIterator[None]:
        """While nobody works; only one may ask for it at a time.

        Raises:
            StillAtWork: somebody has not ended meanwhile; the others go on.
        """
        self._open.clear()
        try:
            await until_set(self._idle, within_s)
            if self._workers:
                raise StillAtWork(f"a look at the volume has gone on for more than {within_s:g} s")
            yield
        finally:
            self._open.set()
