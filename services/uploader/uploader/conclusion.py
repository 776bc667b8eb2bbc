"""Edge: the last things done in Frame.io before an attempt ends, so that its ending is true."""

from postflow.errors import ClaimLost, PermanentError, RetryableError
from postflow.logs import get_logger
from uploader.aftermath import Aftermath
from uploader.books import Posted
from uploader.endings import Endings
from uploader.following import Following
from uploader.frameio.objects import Asset
from uploader.ledger import Claimed
from uploader.posting import Posting

logger = get_logger(__name__)


class Conclusion:
    def __init__(self, posting: Posting, following: Following, aftermath: Aftermath, endings: Endings) -> None:
        self._posting = posting
        self._following = following
        self._aftermath = aftermath
        self._endings = endings

    async def delivered(self, claimed: Claimed, posted: Posted, asset: Asset) -> None:
        await self._aftermath.remove_surplus(claimed)
        await self._endings.delivered(claimed, posted, asset)
        if asset.is_playable:
            await self._endings.playable(claimed, asset)

    async def given_up(self, claimed: Claimed, error: PermanentError) -> None:
        """What has arrived whole after all is delivered; of anything else nothing is left, as far as Frame.io lets us.
        Raises RetryableError when it does not answer."""
        posted = claimed.record.posted
        is_doomed = claimed.record.setback is not None
        asset = await self._whole(claimed, posted) if posted is not None and not is_doomed else None
        if posted is not None and asset is not None:
            await self.delivered(claimed, posted, asset)
            return
        await self._posting.abandon(claimed, error)
        await self._endings.failed(claimed, error)

    async def _whole(self, claimed: Claimed, posted: Posted) -> Asset | None:
        if not posted.is_fetched_from(claimed.record.claim):
            return None  # nobody can tell any more what was sent
        try:
            return await self._following.whole(claimed.exposed, posted)
        except (RetryableError, ClaimLost):
            raise
        except Exception as error:  # also a defect, which may be why it is given up
            logger.info("cannot see what is given up", action="unseen", why=type(error).__name__)
            return None
