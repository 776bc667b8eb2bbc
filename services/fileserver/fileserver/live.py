"""Edge: an exposure that is open in this process: what was seen of its fetch, and the signal that ends it."""

import asyncio
import math
from datetime import datetime

from fileserver import ranges
from fileserver.exposure import Exposure
from fileserver.lifetime import Moment, has_expired

MOST_REQUESTS = 32
"""Of one exposure at a time, served or waiting. Whoever holds one address must not keep the others' from being served;
a fetcher that takes a film in parts uses fewer."""


class Live:
    """Outlives its end for a while: a fetch that is being cut still adds what it had sent.

    Attributes:
        record: the ledger's record with everything seen since; its `state` is that of the opening.
        over: set when the address is dead. Whoever is sending stops at once.
        over_why: a word for the log.
        told_at: monotonic seconds of the last progress that was told.
        told_tenths: the tenths of the file that the log knows of.
    """

    def __init__(self, record: Exposure, until_s: float = math.inf) -> None:
        """
        Args:
            until_s: when it expires, on the monotonic clock, if not before by the time of day.
        """
        self.record = record
        self._until_s = until_s
        self.over = asyncio.Event()
        self.over_why = ""
        self.told_at = float("-inf")
        self._pulls = 0
        self._requests = 0
        self.told_tenths = 10 * ranges.length(record.covered) // max(record.size_bytes, 1)

    def end(self, why: str) -> None:
        self.over_why = why
        self.over.set()

    def has_expired(self, now: Moment) -> bool:
        return has_expired(self.record, self._until_s, now)

    def lets_in(self) -> bool:
        """Whether one more request may be looked at now. Who was let in leaves."""
        if self._requests >= MOST_REQUESTS:
            return False
        self._requests += 1
        return True

    def leaves(self) -> None:
        self._requests -= 1

    def was_announced(self) -> None:
        self._note(announced=True)

    def was_asked_for(self, at: datetime) -> bool:
        """Whether this was the first time."""
        if self.record.first_get_at is not None:
            return False
        self._note(first_get_at=at)
        return True

    def begins_a_pull(self) -> bool:
        """Whether that is news: nobody was being sent anything."""
        self._pulls += 1
        was_known = self.record.fetching and not self.record.cut_by_us
        self._note(fetching=True, cut_by_us=False)
        return not was_known

    def ends_a_pull(self, *, cut_by_us: bool) -> None:
        self._pulls -= 1
        is_cut = (cut_by_us or self.record.cut_by_us) and not self.record.went_out_whole
        self._note(fetching=self._pulls > 0, cut_by_us=is_cut)

    def was_cut_by_us(self) -> None:
        """Of what was being sent before this process began."""
        self._note(fetching=False, cut_by_us=True)

    def has_sent(self, span: ranges.Span, at: datetime) -> None:
        self._note(covered=ranges.added(self.record.covered, span), last_byte_at=at)

    def taint(self) -> None:
        self._note(tainted=True)

    def lose_address(self) -> None:
        self._note(address_lost=True)

    def _note(self, **changed: object) -> None:
        self.record = self.record.model_copy(update=changed)
