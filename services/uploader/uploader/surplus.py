"""Edge: removes what a POST left behind of which nobody knew.

Only a delivery with a doubt on record has its folder looked at, when the attempt ends and once more ten minutes later.
There are two kinds. An intent was given up because no listing showed what it had made; it may come to light later:
Frame.io was slow, its listing lagged, or the one who sent it had been stopped in the middle. Or the listing in which an
asset of ours was followed shows a twin of it: somebody in between has carried out one call twice.
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
from uploader.frameio.statuses import Sighting
from uploader.ledger import Claimed, Ledger
from uploader.posting import SEND_S, SETTLE_S
from uploader.removal import Removal
from uploader.verify import may_be_ours

logger = get_logger(__name__)

TWIN_S = SEND_S + SETTLE_S
"""Two assets of one call are no further apart: what may be sent again in between is sent again by then."""


class Folder(Protocol):
    user_id: str

    def files_in(self, folder_id: str, *, with_creator: bool = False) -> AsyncIterator[Asset]: ...


class Surplus:
    def __init__(self, folder: Folder, ledger: Ledger, removal: Removal) -> None:
        self._folder = folder
        self._ledger = ledger
        self._removal = removal

    async def suspect(self, claimed: Claimed, sighting: Sighting) -> None:
        """Write down a doubt if what was listed anyway shows a twin."""
        ours, posted = sighting.asset, claimed.record.posted
        size_bytes, user_id = claimed.exposed.size_bytes, self._folder.user_id
        if ours is None or posted is None:
            return
        if any(is_twin(other, ours, size_bytes=size_bytes, user_id=user_id) for other in sighting.namesakes):
            around = timedelta(seconds=TWIN_S)
            since, until = ours.created_at - around, ours.created_at + around
            doubt = Doubt(folder_id=posted.folder_id, name=ours.name, since=since, until=until)
            doubt = doubt.beside(claimed.record.doubt)
            if doubt == claimed.record.doubt:
                return
            logger.warning("found a twin of our asset", action="twin_found", file_id=claimed.file_id, asset_id=ours.id)
            await claimed.write(doubt=doubt)

    async def remove(self, claimed: Claimed) -> None:
        """Look if there is a doubt, and delete. Raises RetryableError when Frame.io does not answer."""
        doubt = claimed.record.doubt
        if doubt is None:
            return
        try:
            size_bytes = claimed.exposed.size_bytes
            for asset_id in [asset.id async for asset in self._suspects(doubt, size_bytes)]:
                await self._remove(claimed, asset_id, doubt.folder_id)
        except NotFound:
            return  # somebody deleted the folder, and what was in it
        except PermanentError as error:
            logger.warning("cannot look for what is surplus", action="surplus_unseen", why=error.why)

    async def _suspects(self, doubt: Doubt, size_bytes: int) -> AsyncIterator[Asset]:
        async for asset in self._folder.files_in(doubt.folder_id, with_creator=True):
            if asset.created_at < doubt.since:
                return
            if asset.created_at > doubt.until or not may_be_ours(asset, size_bytes):
                continue
            if asset.is_made_by(self._folder.user_id) and comparable(asset.name) == comparable(doubt.name):
                yield asset

    async def _remove(self, claimed: Claimed, asset_id: str, folder_id: str) -> None:
        record = claimed.record
        kept = record.posted.asset_id if record.posted else None
        mine = AssetRecord.of(claimed.file_id, record.claim)
        if asset_id == kept or not await self._ledger.doom_stray(asset_id, lambda there: is_stray(there, mine), mine):
            return
        logger.warning("found a surplus asset", action="surplus_found", file_id=claimed.file_id, asset_id=asset_id)
        await self._removal.remove(asset_id, folder_id, is_new=True)


def is_stray(there: AssetRecord | None, mine: AssetRecord) -> bool:
    """Whether an asset that is not the one we keep is nobody's.

    One that is doomed was left by whoever could not delete it. One that the same attempt of the same file has claimed
    was claimed by a loser that did not live to delete it: an attempt keeps one asset. But a claim after ours means that
    we are the loser. What another attempt or another file has claimed was delivered, or will be.
    """
    if there is None or there.doomed:
        return True
    return (there.file_id, there.attempt) == (mine.file_id, mine.attempt) and there.claim <= mine.claim


def is_twin(other: Asset, ours: Asset, *, size_bytes: int, user_id: str) -> bool:
    """Whether one call may have made both; they have one name. Both moments are of Frame.io's clock.

    A person who is signed in as our user may upload that name by hand: seldom within the minute, with as many bytes.
    """
    apart_s = abs((other.created_at - ours.created_at).total_seconds())
    return other.is_made_by(user_id) and apart_s <= TWIN_S and may_be_ours(other, size_bytes)
