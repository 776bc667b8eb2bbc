"""Edge: films that are exported while something is wrong with NATS, and whether each has arrived once."""

import os
from collections.abc import Awaitable, Callable

import httpx

from tests.chaos import books
from tests.chaos.books import Revision, Seen, digest
from tests.chaos.plan import Film
from tests.chaos.world import World
from tests.e2e.studio import Studio, eventually

SIZE_BYTES = 5000


class Arrivals:
    def __init__(self, studio: Studio, http: httpx.AsyncClient) -> None:
        self._studio = studio
        self._http = http
        self._world = World(studio.stack, http)
        self._revisions: dict[str, Revision] = {}

    def export(self, name: str) -> None:
        content = os.urandom(SIZE_BYTES)
        self._studio.export(name, content)
        film = Film(number=0, at_s=0.0, path=name, size_bytes=SIZE_BYTES, written_s=0.0)
        self._revisions[name] = Revision(film, digest(content), SIZE_BYTES, is_last=True)

    async def each_once(self) -> None:
        """Wait until all are there, and see that each is one asset with one card, and nothing else is left."""
        await eventually(self._settled, "the books balance", timeout_s=120)
        await self._studio.settled()
        seen = await self._settled()
        assert seen is not None
        assert books.broken(list(self._revisions.values()), seen) == []
        assert (seen.failures, seen.cards) == ([], dict.fromkeys(self._revisions, 1))

    async def _settled(self) -> Seen | None:
        seen = await self._world.seen(list(self._revisions))
        return None if books.unsettled(list(self._revisions.values()), seen) else seen

    def said(self, what: str, *services: str) -> Callable[[], Awaitable[bool]]:
        """Whether one of these says so of itself on /readyz."""

        async def ask() -> bool:
            answers = [await self._http.get(f"{self._studio.stack.health_url(service)}/readyz") for service in services]
            return any(not one.is_success and what in one.text for one in answers)

        return ask
