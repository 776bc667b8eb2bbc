"""Edge: one trial of the public name: what is wanted, how far it has come, and for how long it may go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fileserver.fetching import Figures
from postflow.questions import CheckAnswer, CheckQuestion

BEGINNING_BYTES = 100_000_000
MOST_S = 60.0
MOST_WHOLE_S = 6 * 3600.0

LEASE_S = 10.0
"""After the last time that somebody asked."""


class Trial:
    """One, from the first time that it was asked for."""

    def __init__(self, question: CheckQuestion) -> None:
        self.question = question
        self.path = question.path
        self.base_url = ""
        self.size_bytes = 0
        self.figures = Figures(0)
        self.done = False
        self.said = self.what_to_do = ""
        self.task: asyncio.Task[None] | None = None
        self._lease: asyncio.Timeout | None = None

    @property
    def is_over(self) -> bool:
        return self.task is not None and self.task.done()

    @property
    def wants_all(self) -> bool:
        return self.question.whole or self.size_bytes <= BEGINNING_BYTES

    @property
    def most_s(self) -> float:
        return MOST_WHOLE_S if self.question.whole else MOST_S

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[None]:
        """Ends what is in it when nobody has renewed it for long: raises TimeoutError then."""
        async with asyncio.timeout(LEASE_S) as self._lease:
            try:
                yield
            finally:
                self._lease = None

    def renew(self) -> None:
        if self._lease is not None and not self._lease.expired():
            self._lease.reschedule(asyncio.get_running_loop().time() + LEASE_S)

    def answer(self) -> CheckAnswer:
        figures = self.figures
        return CheckAnswer(
            over=self.is_over,
            done=self.done,
            said=self.said,
            what_to_do=self.what_to_do,
            base_url=self.base_url,
            path=self.path,
            size_bytes=self.size_bytes,
            wanted_bytes=figures.wanted_bytes,
            got_bytes=figures.got_bytes,
            status=figures.status,
            near_first_byte_s=figures.near_first_byte_s,
            first_byte_s=figures.first_byte_s,
            elapsed_s=figures.elapsed_s,
            added=figures.added,
            taken=figures.taken,
        )
