"""Edge: everything that the calls of one simulated Frame.io share."""

import uuid
from dataclasses import dataclass

from starlette.requests import Request

from simulators.faults import FaultQueue
from simulators.frameio.bearers import Bearers
from simulators.frameio.fetcher import Fetcher
from simulators.frameio.limits import Buckets
from simulators.frameio.settings import Settings
from simulators.frameio.shapes import View
from simulators.frameio.store import Store
from simulators.instants import Clock
from simulators.journal import Journal


@dataclass
class World:
    settings: Settings
    clock: Clock
    store: Store
    fetcher: Fetcher
    journal: Journal
    faults: FaultQueue
    buckets: Buckets
    bearers: Bearers

    @classmethod
    def new(cls, settings: Settings, clock: Clock) -> "World":
        store = Store(settings.projects, user_name=settings.user_name, now=clock(), new_id=lambda: str(uuid.uuid4()))
        bearers = Bearers(settings.tokens, settings.ims_url)
        return cls(settings, clock, store, Fetcher(clock), Journal(), FaultQueue(clock), Buckets(), bearers)

    def view(self, request: Request, include: frozenset[str] = frozenset()) -> View:
        base = self.settings.view_base
        if base == "here":
            base = str(request.base_url).rstrip("/")
        return View(self.store, self.clock(), base, include)

    async def clear(self) -> None:
        """As if just started; settings stay."""
        await self.fetcher.clear()
        for part in (self.store, self.journal, self.faults, self.buckets):
            part.clear()

    async def aclose(self) -> None:
        await self.fetcher.aclose()
        await self.bearers.aclose()
