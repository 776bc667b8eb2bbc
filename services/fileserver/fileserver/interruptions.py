"""Edge: fetches that the end of the process before this one has cut. Found once, at the start."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from fileserver.exposure import broke_off
from fileserver.live import Live
from postflow.logs import get_logger

logger = get_logger(__name__)


class Ledger(Protocol):
    def open_ones(self) -> Iterable[Live]: ...
    async def note(self, live: Live) -> None: ...


async def own_up(ledger: Ledger, now: datetime) -> None:
    """Say of each such exposure that it was us, so that nobody blames the tunnel or the other side."""
    for live in ledger.open_ones():
        if broke_off(live.record, now):
            live.was_cut_by_us()
            await ledger.note(live)
            logger.info("cut by the end of the process before", action="fetch_cut_by_us", file_id=live.record.file_id)
