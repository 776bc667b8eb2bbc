"""Edge: one folder listing answers for all the files that are under way in it.

A call for each file would spend the limit of 5 a second on a handful of files; a listing holds 500. Its page is read to
its end, since it is there: beside them may lie others of the same name.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from postflow.logs import get_logger
from uploader.frameio.objects import Asset

logger = get_logger(__name__)

SOONEST_S = 0.5
LATEST_S = 5.0
SLOWING = 1.5
CLOCK_SKEW_S = 60.0
PAGE_SIZE = 500


class Listing(Protocol):
    def files_in(self, folder_id: str, *, with_creator: bool = False) -> AsyncIterator[Asset]: ...


@dataclass(frozen=True, slots=True)
class Sighting:
    """
    Attributes:
        asset: None when it is not there.
        namesakes: what else was listed under its name, with who made it.
    """

    asset: Asset | None
    namesakes: tuple[Asset, ...] = ()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Somebody who waits for the next listing. Two may wait for one asset, and one of them leave."""

    asset_id: str
    posted_at: datetime
    answer: asyncio.Future[dict[str, Asset]]


@dataclass(slots=True)
class _Folder:
    """A folder with files under way: when each was posted, and who waits for the next listing."""

    posted_at: dict[str, datetime] = field(default_factory=dict)
    waiting: list[_Waiting] = field(default_factory=list)
    pause_s: float = SOONEST_S
    last: dict[str, str] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None


class Statuses:
    """Lists each folder that somebody waits for, faster while things change and slower while they do not."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._folders: dict[str, _Folder] = {}

    async def next(self, folder_id: str, asset_id: str, posted_at: datetime) -> Sighting:
        """The asset as the next listing shows it.

        Raises whatever kept the listing from being had.
        """
        folder = self._folders.setdefault(folder_id, _Folder())
        if asset_id not in folder.posted_at:
            folder.posted_at[asset_id] = posted_at
            folder.pause_s = SOONEST_S
        answer: asyncio.Future[dict[str, Asset]] = asyncio.get_running_loop().create_future()
        folder.waiting.append(_Waiting(asset_id, posted_at, answer))
        if folder.task is None:
            # In a context of its own: what serves many files belongs to no file's trace.
            listing = self._list_while_wanted(folder_id, folder)
            folder.task = asyncio.create_task(listing, context=contextvars.Context())
        return _sighting(asset_id, await answer)

    def forget(self, folder_id: str, asset_id: str) -> None:
        """Nobody follows this asset any more."""
        folder = self._folders.get(folder_id)
        if folder is None:
            return
        folder.posted_at.pop(asset_id, None)
        if not folder.posted_at and folder.task is None:
            del self._folders[folder_id]

    async def _list_while_wanted(self, folder_id: str, folder: _Folder) -> None:
        while folder.waiting:
            await asyncio.sleep(folder.pause_s)
            waiting, folder.waiting = [one for one in folder.waiting if not one.answer.done()], []
            if not waiting:
                break
            try:
                seen = await self._seen(folder_id, folder, waiting)
            except Exception as error:  # whatever it is: who waits here would wait for ever
                folder.pause_s = LATEST_S
                _settle(waiting, error)
            else:
                self._adapt(folder, seen)
                _settle(waiting, seen)
        folder.task = None

    async def _seen(self, folder_id: str, folder: _Folder, waiting: list[_Waiting]) -> dict[str, Asset]:
        """Newest first, so no further page is asked for when all are found, or what follows is older than all."""
        wanted = folder.posted_at | {one.asset_id: one.posted_at for one in waiting}
        oldest = min(wanted.values()) - timedelta(seconds=CLOCK_SKEW_S)
        seen: dict[str, Asset] = {}
        async for asset in self._listing.files_in(folder_id, with_creator=True):
            seen[asset.id] = asset
            is_page_read = len(seen) % PAGE_SIZE == 0
            if is_page_read and (asset.created_at < oldest or wanted.keys() <= seen.keys()):
                break
        return seen

    def _adapt(self, folder: _Folder, seen: dict[str, Asset]) -> None:
        now = {asset.id: asset.status for asset in seen.values() if asset.id in folder.posted_at}
        folder.pause_s = SOONEST_S if now != folder.last else min(folder.pause_s * SLOWING, LATEST_S)
        folder.last = now


def _sighting(asset_id: str, seen: dict[str, Asset]) -> Sighting:
    asset = seen.get(asset_id)
    if asset is None:
        return Sighting(None)
    return Sighting(asset, tuple(one for one in seen.values() if one.name == asset.name and one.id != asset_id))


def _settle(waiting: list[_Waiting], outcome: dict[str, Asset] | Exception) -> None:
    for answer in (one.answer for one in waiting):
        if answer.done():
            continue
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)
