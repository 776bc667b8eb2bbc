"""Edge: a public name that comes and goes: looks at the tunnel's own end, probes the name, says what has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from fileserver.tunnel.gate import Fate, Gate, Phase, Probed, Sighting
from postflow.checks import Check
from postflow.logs import get_logger

logger = get_logger(__name__)


class NearEnd(Protocol):
    """The tunnel's own end, beside us.

    Attributes:
        cure: what a person does when the far end does not answer, though this one says that all is well.
    """

    @property
    def cure(self) -> str: ...
    async def look(self) -> Sighting: ...


class WatchedName:
    """
    Args:
        probe: asks for something through a base address.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        near_end: NearEnd,
        probe: Callable[[str], Awaitable[Probed]],
        *,
        start_s: float,
        settle_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._near_end = near_end
        self._probe = probe
        self._clock = clock
        self._gate = Gate(start_s=start_s, settle_s=settle_s, now=clock())
        self._looking = asyncio.Lock()
        self._told: object = None

    @property
    def base_url(self) -> str | None:
        return self._gate.base_url

    @property
    def cure(self) -> str:
        return self._near_end.cure

    def fate(self, base_url: str) -> Fate:
        return self._gate.fate(base_url)

    def check(self) -> Check:
        standing = self._gate.standing()
        return Check(standing.ok, standing.detail, standing.what_to_do, starting=self._gate.is_starting)

    async def look(self) -> None:
        """Look once, and probe if it is time to."""
        async with self._looking:
            await self._look()

    def doubt(self) -> None:
        """At the next look the name is tried; nobody is sent there before."""
        self._gate.doubt(self._clock())

    async def look_anew(self) -> None:
        """Doubt the name, and look whether it still leads here. Nobody is sent there meanwhile."""
        self._gate.doubt(self._clock())
        async with self._looking:
            self._gate.doubt(self._clock())  # a probe that was under way says nothing about now
            await self._look()

    async def _look(self) -> None:
        self._gate.saw(await self._near_end.look(), self._clock())
        if self._gate.wants_probe() and self._gate.name is not None:
            self._gate.probed(await self._probe(self._gate.name), self._clock())
        self._tell()

    def _tell(self) -> None:
        """A line for each thing that a person would want to know, and none twice."""
        gate, standing = self._gate, self._gate.standing()
        news = (gate.phase, gate.generation, gate.is_late, standing.detail)
        if news == self._told:
            return
        first, self._told = self._told is None, news
        facts = {"name": gate.name, "detail": standing.detail}
        if gate.is_unproven:
            logger.warning("the tunnel is used unproven", action="tunnel_unproven", **facts)
        elif gate.phase is Phase.USABLE:
            logger.info("the tunnel leads here", action="tunnel_usable", **facts)
        elif gate.phase is Phase.SETTLING:
            logger.info("the tunnel is up", action="tunnel_up", **facts)
        elif gate.phase is Phase.DOWN and first:
            logger.info("waiting for the tunnel", action="tunnel_wait", **facts)
        elif gate.phase is Phase.DOWN or gate.is_refuted:
            logger.warning(
                "the tunnel is not usable", action="tunnel_unusable", what_to_do=standing.what_to_do, **facts
            )
