"""Edge: what becomes of exposures when the tunnel is lost. Nobody waits at an address that leads nowhere.

`let_go` is done at every look at the tunnel, from what is so and not from what has changed, so that nothing is missed
over a restart or while NATS is away. Bytes that went out whole before are no loss: the uploader knows how to tell.
`look_into` does not wait for the next look: it hears of a loss by what did not come through.
"""

from datetime import datetime, timedelta
from typing import Protocol

from fileserver.exposure import Exposure
from fileserver.live import Live
from fileserver.tunnel.gate import Fate
from postflow.logs import get_logger

logger = get_logger(__name__)

FLOWS = timedelta(seconds=180)
"""Bytes that left so lately are a better witness of a tunnel than our own probe of it."""


class Noted(Protocol):
    async def note(self, live: Live) -> None: ...


class Ledger(Noted, Protocol):
    def open_ones(self) -> list[Live]: ...
    async def lose(self, live: Live) -> None: ...


class Kept(Noted, Protocol):
    def find(self, exposure_id: str) -> Live | None: ...
    def ended_lately(self, exposure_id: str) -> Live | None: ...


class Name(Protocol):
    def fate(self, base_url: str) -> Fate: ...


class Doubted(Name, Protocol):
    async def look_anew(self) -> None: ...


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
                await _shake(ledger, live)
            case _:
                pass


async def look_into(ledger: Kept, name: Doubted, given_up: Exposure) -> None:
    """Look whether the name of an exposure that came to nothing still leads here. If not, that was why."""
    await name.look_anew()
    if name.fate(given_up.base_url) is not Fate.GOOD:
        id_ = given_up.exposure_id
        await _shake(ledger, ledger.find(id_) or ledger.ended_lately(id_) or Live(given_up))


async def _shake(ledger: Noted, live: Live) -> None:
    live.lose_address()
    await ledger.note(live)
    logger.info("its tunnel is away", action="address_shaken", file_id=live.record.file_id)


def _flows(live: Live, now: datetime) -> bool:
    last = live.record.last_byte_at
    return last is not None and now - last < FLOWS
