"""Edge: what becomes of open exposures when the tunnel is lost. Nobody waits at an address that leads nowhere.

Done at every look at the tunnel, from what is so and not from what has changed, so that nothing is missed over a
restart or while NATS is away. Bytes that went out whole before are no loss: the uploader knows how to tell.
"""

from datetime import datetime, timedelta
from typing import Protocol

from fileserver.live import Live
from fileserver.tunnel.gate import Fate
from postflow.logs import get_logger

logger = get_logger(__name__)

FLOWS = timedelta(seconds=180)
"""Bytes that left so lately are a better witness of a tunnel than our own probe of it."""


class Ledger(Protocol):
    def open_ones(self) -> list[Live]: ...
    async def note(self, live: Live) -> None: ...
    async def lose(self, live: Live) -> None: ...


class Name(Protocol):
    def fate(self, base_url: str) -> Fate: ...


async def let_go(ledger: Ledger, name: Name, now: datetime) -> None:
    """Close what is lost, and mark what was shaken: its fetch may break without being at fault.

    Raises:
        RetryableError: the ledger could not be written; the rest is done when this is called again.
    """
    for live in ledger.open_ones():
        match name.fate(live.record.base_url):
            case Fate.LOST:
                await ledger.lose(live)
            case Fate.AWAY if not _flows(live, now):
                await ledger.lose(live)
            case Fate.AWAY | Fate.SHAKEN if not live.record.address_lost:
                live.lose_address()
                await ledger.note(live)
                logger.info("its tunnel is away", action="address_shaken", file_id=live.record.file_id)
            case _:
                pass


def _flows(live: Live, now: datetime) -> bool:
    last = live.record.last_byte_at
    return last is not None and now - last < FLOWS
