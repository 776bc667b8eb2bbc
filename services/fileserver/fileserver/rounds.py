"""Edge: what the fileserver does now and again, whatever comes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from fileserver import losses
from fileserver.parts import Parts
from fileserver.tunnel.providers import PublicName
from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.waiting import Stopped, unless

logger = get_logger(__name__)


class Rounds:
    """
    Args:
        remember: where the access log ends, for who asks after a loss.
        stop: set when the service is to end.
    """

    def __init__(
        self,
        parts: Parts,
        name: PublicName,
        remember: Callable[[], Awaitable[None]],
        stop: asyncio.Event,
        now: Callable[[], datetime],
    ) -> None:
        self._parts = parts
        self._name = name
        self._remember = remember
        self._stop = stop
        self._now = now

    async def sweep(self) -> None:
        """End what has expired, tell what was forgotten, look at the volume."""
        try:
            await self._parts.ledger.sweep()
            await self._parts.expose.announce_forgotten()
        except RetryableError as error:
            logger.warning("will sweep again", action="sweep_failed", why=str(error))
        await self.look_at_volume()
        await self._parts.provenance.keep()

    async def look_at_volume(self) -> None:
        await self._parts.standing.is_there()

    async def look_at_tunnel(self) -> None:
        """And let go of what is exposed under a name that is lost."""
        with suppress(Stopped):  # a probe may take longer than a stop should
            await unless(self._stop, self._name.look())
        try:
            await losses.let_go(self._parts.ledger, self._name, self._now())
        except RetryableError as error:
            logger.warning("will let go of lost addresses again", action="let_go_failed", why=str(error))

    async def remember_log(self) -> None:
        self._parts.register.sum_up()
        await self._remember()
