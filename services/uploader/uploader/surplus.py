"""Edge: removes what a POST left behind of which nobody knew.

Only a delivery with a doubt on record can have such an asset: an intent was given up because no listing showed what it
had made. It may come to light later: Frame.io was slow, its listing lagged, or the one who sent it had been stopped in
the middle. So the folder is looked at when the attempt ends, and once more ten minutes later.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Protocol

from postflow.errors import PermanentError
from postflow.identity import comparable
from postflow.logs import get_logger
from uploader.books import AssetRecord, Doubt
from uploader.frameio.errors import NotFound
from uploader.frameio.objects import Asset
from uploader.ledger import Claimed, Ledger
from uploader.posting import CLOCK_SKEW_S
from uploader.removal import Removal

logger = get_logger(__name__)


class Folder(Protocol):
    user_id: str

    def files_in(self, folder_id: str, *, with_creator: bool = False) -> AsyncIterator[Asset]: ...


class Surplus:
    def __init__(self, folder: Folder, ledger: Ledger, removal: Removal) -> None:
        self._folder = folder
        self._ledger = ledger
        self._removal = removal

    async def remove(self, claimed: Claimed) -> None:
        """Look if there is a doubt, and delete. Raises RetryableError when Frame.io does not answer."""
        doubt = claimed.record.doubt
        if doubt is None:
            return
        try:
            for asset_id in [asset.id async for asset in self._suspects(doubt)]:
                await self._remove(claimed, asset_id)
        except NotFound:
            return  # somebody deleted the folder, and what was in it
        except PermanentError as error:
            logger.warning("cannot look for what is surplus", action="surplus_unseen", why=error.why)

    async def _suspects(self, doubt: Doubt) -> AsyncIterator[Asset]:
        oldest = doubt.since - timedelta(seconds=CLOCK_SKEW_S)
        async for asset in self._folder.files_in(doubt.folder_id, with_creator=True):
            if asset.created_at < oldest:
                return
            ours = asset.creator is not None and asset.creator.id == self._folder.user_id
            if ours and comparable(asset.name) == comparable(doubt.name):
                yield asset

    async def _remove(self, claimed: Claimed, asset_id: str) -> None:
        record = claimed.record
        kept = record.posted.asset_id if record.posted else None
        mine = AssetRecord.of(claimed.file_id, record.claim)
        if asset_id == kept or not await self._ledger.doom_stray(asset_id, lambda there: is_stray(there, mine), mine):
            return
        logger.warning("found a surplus asset", action="surplus_found", file_id=claimed.file_id, asset_id=asset_id)
        await self._removal.remove(asset_id, is_new=True)


def is_stray(there: AssetRecord | None, mine: AssetRecord) -> bool:
    """Whether an asset that is not the one we keep is nobody's.

    One that is doomed was left by whoever could not delete it. One that the same attempt of the same file has claimed
    was claimed by a loser that did not live to delete it: an attempt keeps one asset. What another attempt or another
    file has claimed was delivered, or will be.
    """
    if there is None or there.doomed:
        return True
    return (there.file_id, there.attempt) == (mine.file_id, mine.attempt)
