"""Edge: the handler of `fileserver-revoke`: what has ended, or is of no use any more, cannot be read any more.

It reads `stale` too: with a full window the exposing durable takes no message, not even the one that would free a
place. Nor does that durable take any while everything is paused; then the next address of a file that is on its way is
opened here. Which exposure a message ends is decided by `fileserver.exposure.ended`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from postflow.messages import FileEnded, FileStale, RoutedMessage
from postflow.reading import Delivery, Handler


class Ledger(Protocol):
    async def end(self, message: RoutedMessage, at: datetime) -> None: ...


def revoking(ledger: Ledger, now: Callable[[], datetime], expose: Handler, is_paused: Callable[[], bool]) -> Handler:
    async def revoke(delivery: Delivery) -> None:
        """Raises, while everything is paused, what `expose` does."""
        message = delivery.message
        assert isinstance(message, FileEnded | FileStale), "the durable filters"
        await ledger.end(message, now())
        if isinstance(message, FileStale) and is_paused():
            await expose(delivery)

    return revoke
