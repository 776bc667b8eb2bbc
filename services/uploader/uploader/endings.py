"""Edge: how an attempt ends. On record first, then told, then the place is freed; each may be repeated."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from postflow.errors import PermanentError
from postflow.logs import get_logger
from postflow.messages import (
    FileDelivered,
    FileEnded,
    FileFailed,
    FilePlayable,
    FileStale,
    FileSuperseded,
    Message,
    about,
)
from uploader.books import Ending, Posted, Stage
from uploader.frameio.objects import Asset
from uploader.ledger import Claimed, Ledger

logger = get_logger(__name__)

Publish = Callable[[Message], Awaitable[None]]


class Endings:
    def __init__(self, ledger: Ledger, publish: Publish, *, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._publish = publish
        self._now = now

    async def delivered(self, claimed: Claimed, posted: Posted, asset: Asset) -> None:
        told = {
            "asset_id": posted.asset_id,
            "project_id": posted.project_id,
            "folder_id": posted.folder_id,
            "view_url": asset.view_url,
            "media_type": asset.media_type,
            "posted_at": posted.at,
        }
        await self._end(claimed, FileDelivered.model_validate(self._about(claimed) | told))

    async def superseded(self, claimed: Claimed, why: str) -> None:
        await self._end(claimed, FileSuperseded.model_validate(self._about(claimed) | {"why": why}))

    async def failed(self, claimed: Claimed, error: PermanentError) -> None:
        told = {"service": "uploader", "code": error.code, "why": error.why, "what_to_do": error.what_to_do}
        await self._end(claimed, FileFailed.model_validate(self._about(claimed) | told))

    async def tell(self, claimed: Claimed) -> None:
        """Publish the ending on record and free the place; also after a crash in between."""
        ending = claimed.record.ending
        if ending is None or claimed.record.stage is not Stage.ENDED:
            return
        await self._publish(ending.message())
        await self._ledger.free_place(claimed.file_id, claimed.record.place)
        await claimed.write(stage=Stage.TOLD)

    async def stale(self, claimed: Claimed, why: str) -> None:
        """Ask for another address; this exposure is of no use any more."""
        await claimed.write(stage=Stage.STALE, live=False)
        await self.tell_stale(claimed, why)

    async def tell_stale(self, claimed: Claimed, why: str) -> None:
        await self._publish(FileStale.model_validate(self._about(claimed) | {"why": why}))

    async def playable(self, claimed: Claimed, asset: Asset) -> None:
        told = {"asset_id": asset.id, "view_url": asset.view_url}
        await self._publish(FilePlayable.model_validate(self._about(claimed) | told))
        await claimed.write(stage=Stage.PLAYABLE)

    async def _end(self, claimed: Claimed, message: FileEnded) -> None:
        await claimed.write(stage=Stage.ENDED, ending=Ending.of(message), live=False)
        logger.info(message.state, action=message.state, file_id=message.file_id, path=message.path)
        await self.tell(claimed)

    def _about(self, claimed: Claimed) -> dict[str, object]:
        return about(claimed.exposed, at=self._now())
