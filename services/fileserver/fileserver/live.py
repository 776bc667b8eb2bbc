"""Edge: an exposure that is open in this process: what was seen of its fetch, and the signal that ends it."""

import asyncio
from datetime import datetime

from fileserver import ranges
from fileserver.exposure import Exposure


class Live:
    """Outlives its end for a while: a fetch that is being cut still adds what it had sent.

    Attributes:
        record: the ledger's record with everything seen since; its `state` is that of the opening.
        over: set when the address is dead. Whoever is sending stops at once.
        over_why: a word for the log.
        told_at: monotonic seconds of the last progress that was told.
        told_tenths: the tenths of the file that the log knows of.
    """

    def __init__(self, record: Exposure) -> None:
        self.record = record
        self.over = asyncio.Event()
        self.over_why = ""
        self.told_at = float("-inf")
        self.told_tenths = 10 * ranges.length(record.covered) // max(record.size_bytes, 1)

    def end(self, why: str) -> None:
        self.over_why = why
        self.over.set()

    def was_announced(self) -> None:
        self._note(announced=True)

    def was_asked_for(self, at: datetime) -> bool:
        """Whether this was the first time."""
        if self.record.first_get_at is not None:
            return False
        self._note(first_get_at=at)
        return True

    def has_sent(self, span: ranges.Span, at: datetime) -> None:
        self._note(covered=ranges.added(self.record.covered, span), last_byte_at=at)

    def taint(self) -> None:
        self._note(tainted=True)

    def lose_address(self) -> None:
        self._note(address_lost=True)

    def _note(self, **changed: object) -> None:
        self.record = self.record.model_copy(update=changed)
