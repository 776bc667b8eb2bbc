"""Edge: looks at how full the store of NATS is, and pulls brakes."""

import asyncio
from collections.abc import Awaitable, Callable

import nats.errors
from nats.js import errors as js_errors
from nats.js.client import JetStreamContext

from postflow.fullness import Brake, Fullness
from postflow.logs import get_logger

logger = get_logger(__name__)

LOOK_S = 10.0
PERMIT_LOOK_S = 0.5


class Store:
    """
    Args:
        limit_bytes: `max_file_store` of the server, which tells it to no client; None when nobody said. A limit of the
            account comes first.
    """

    def __init__(self, jetstream: JetStreamContext, limit_bytes: int | None) -> None:
        self._jetstream = jetstream
        self._limit_bytes = limit_bytes
        self._brakes: list[Brake] = []
        self._changed: Callable[[], None] = lambda: None

    def brake(self, share: float, then: str) -> Brake:
        made = Brake(share, then)
        self._brakes.append(made)
        return made

    def when_changed(self, tell: Callable[[], None]) -> None:
        self._changed = tell

    async def look(self) -> None:
        """While NATS does not say, everything stays as it was."""
        try:
            account = await self._jetstream.account_info()
        except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
            logger.debug("NATS does not say how full it is", action="store_unread", why=type(error).__name__)
            return
        of_account = account.limits.max_storage if account.limits.max_storage > 0 else None
        fullness = Fullness(account.storage, of_account or self._limit_bytes)
        changed = [brake for brake in self._brakes if brake.see(fullness)]
        for brake in changed:
            logger.warning(brake.why or f"{fullness}: goes on", action="brake_on" if brake.is_on else "brake_off")
        if changed:
            self._changed()


def permit(brake: Brake, *others: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A permit that also waits until the brake is let go."""

    async def wait() -> None:
        for other in others:
            await other()
        while brake.is_on:  # noqa: ASYNC110 - it is looked at every few seconds anyway
            await asyncio.sleep(PERMIT_LOOK_S)

    return wait
