"""Edge: follow an asset until there is something to say about it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from postflow.errors import BusUnavailable, NotYet, RetryableError
from postflow.logs import get_logger
from postflow.messages import FileExposed
from postflow.questions import TransferAnswer, TransferQuestion
from postflow.waiting import Stopped, unless
from uploader.books import Posted
from uploader.frameio.errors import NotFound
from uploader.frameio.objects import Asset, UploadStatus
from uploader.frameio.statuses import Sighting
from uploader.sightings import Sightings
from uploader.verify import Broken, Tainted, Verified, Wait, is_overdue, judge

logger = get_logger(__name__)

Transfers = Callable[[TransferQuestion], Awaitable[TransferAnswer]]
"""Asks the fileserver how far a fetch has come."""


class StatusCall(Protocol):
    async def upload_status(self, asset_id: str) -> UploadStatus: ...


class Following:
    def __init__(
        self,
        sightings: Sightings,
        calls: StatusCall,
        transfers: Transfers,
        *,
        stop: asyncio.Event,
        now: Callable[[], datetime],
    ) -> None:
        self._sightings = sightings
        self._calls = calls
        self._transfers = transfers
        self._stop = stop
        self._now = now

    async def outcome(self, exposed: FileExposed, posted: Posted) -> tuple[Verified | Broken | Tainted, Sighting]:
        """Wait until the asset is good, or will not become so.

        Raises:
            NotYet: the service stops; another replica goes on.
        """
        try:
            while True:
                sighting = await self._look(posted)
                verdict = await self._weigh(exposed, posted, sighting.asset)
                if not isinstance(verdict, Wait):
                    return verdict, sighting
        finally:
            self._sightings.forget(posted)

    async def whole(self, exposed: FileExposed, posted: Posted) -> Asset | None:
        """The asset, if one look shows that it is good. Raises as Frame.io's calls do."""
        asset = await self._sightings.by_id(posted)
        return asset if isinstance(await self._weigh(exposed, posted, asset), Verified) else None

    async def _look(self, posted: Posted) -> Sighting:
        """What the next look shows, however often looking fails meanwhile."""
        while True:
            try:
                return await unless(self._stop, self._sightings.next(posted))
            except Stopped:
                raise NotYet("this replica stops; another goes on", 0.0) from None
            except NotYet:
                raise
            except RetryableError as error:
                logger.warning("cannot list the folder", action="list_failed", why=str(error))

    async def _weigh(
        self, exposed: FileExposed, posted: Posted, asset: Asset | None
    ) -> Wait | Verified | Broken | Tainted:
        transfer = await self.transfer(exposed)
        now = self._now()
        size = exposed.size_bytes
        unsettled = asset is not None and not asset.is_stored
        overdue = unsettled and is_overdue(transfer, size_bytes=size, posted_at=posted.at, now=now)
        failed = await self._upload_failed(posted.asset_id) if overdue else False
        return judge(asset, transfer, upload_failed=failed, size_bytes=size, posted_at=posted.at, now=now)

    async def transfer(self, exposed: FileExposed, *, came_to_nothing: bool = False) -> TransferAnswer | None:
        """What the fileserver saw of the fetch; None when it does not answer."""
        question = TransferQuestion(
            file_id=exposed.file_id,
            attempt=exposed.attempt,
            exposure=exposed.exposure,
            came_to_nothing=came_to_nothing,
        )
        try:
            return await self._transfers(question)
        except BusUnavailable as error:
            logger.warning("the fileserver does not answer", action="ask_failed", why=str(error))
            return None

    async def _upload_failed(self, asset_id: str) -> bool:
        try:
            return (await self._calls.upload_status(asset_id)).upload_failed
        except NotFound:
            return False
        except RetryableError as error:
            logger.warning("cannot ask for the status", action="status_failed", why=str(error))
            return False
