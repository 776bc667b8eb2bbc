"""Edge: where our asset is: in the listing of its folder, or wherever a person has put it meanwhile.

Somebody may move a file, or make a version stack of it, before it is whole. It leaves the folder's listing then, and is
still ours: it is found by its id.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from uploader.books import Posted
from uploader.frameio.errors import NotFound
from uploader.frameio.objects import Asset
from uploader.frameio.statuses import Sighting

UNLISTED_S = 5.0
"""A new asset that is not listed may not be so yet; after this long it is worth a call."""


class Listed(Protocol):
    async def next(self, folder_id: str, asset_id: str, posted_at: datetime) -> Sighting: ...
    def forget(self, folder_id: str, asset_id: str) -> None: ...


class ById(Protocol):
    async def file(self, asset_id: str) -> Asset: ...


class Sightings:
    """Raises whatever kept us from looking."""

    def __init__(self, statuses: Listed, calls: ById, *, now: Callable[[], datetime]) -> None:
        self._statuses = statuses
        self._calls = calls
        self._now = now

    async def next(self, posted: Posted) -> Sighting:
        """At the next listing of its folder."""
        try:
            sighting = await self._statuses.next(posted.folder_id, posted.asset_id, posted.at)
        except NotFound:
            sighting = Sighting(None)  # somebody deleted the folder, or Frame.io does not know it yet
        if sighting.asset is not None or (self._now() - posted.at).total_seconds() < UNLISTED_S:
            return sighting
        return Sighting(await self.by_id(posted))

    async def by_id(self, posted: Posted) -> Asset | None:
        """None when there is no such asset any more, or not yet."""
        try:
            return await self._calls.file(posted.asset_id)
        except NotFound:
            return None

    def forget(self, posted: Posted) -> None:
        """Nobody follows it any more."""
        self._statuses.forget(posted.folder_id, posted.asset_id)
