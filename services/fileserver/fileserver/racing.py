"""Edge: waits on behalf of one request, which end when its exposure does, and when the client goes away."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fileserver.admit import CLIENT_LEFT, GONE, Refused
from fileserver.connection import Client
from fileserver.live import Live

T = TypeVar("T")


class NobodyWaits(Exception):
    """Args: what to answer."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.why)
        self.refused = refused


async def while_wanted(live: Live, client: Client, wanted: Coroutine[Any, Any, T]) -> T:
    """Wait for `wanted`, which is cancelled as soon as nobody can have it any more. It must be over soon then.

    Raises:
        NobodyWaits: it did not come before.
    """
    work = asyncio.create_task(wanted)
    over = asyncio.create_task(live.over.wait())
    gone = asyncio.create_task(client.gone())
    try:
        await asyncio.wait((work, over, gone), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise NobodyWaits(Refused(GONE, "ended") if over.done() else Refused(CLIENT_LEFT, "the client went away"))
    finally:
        for task in (work, over, gone):
            task.cancel()
        await asyncio.gather(work, over, gone, return_exceptions=True)
