"""Edge: takes an asset of ours out of Frame.io. Its record says by then that nobody may adopt it any more."""

from typing import Protocol

from postflow.errors import NotYet
from postflow.logs import get_logger
from uploader.frameio.errors import NotFound

logger = get_logger(__name__)

UNKNOWN_RETRY_S = 5.0


class Deleting(Protocol):
    async def has_comments(self, asset_id: str) -> bool: ...
    async def delete_file(self, asset_id: str) -> None: ...


class Removal:
    def __init__(self, calls: Deleting) -> None:
        self._calls = calls

    async def remove(self, asset_id: str, *, is_new: bool) -> None:
        """Delete an asset; one that somebody has commented on stays, and a person is told.

        Args:
            is_new: made so lately that Frame.io may not know it yet: then "not found" does not mean that it is gone.

        Raises:
            RetryableError: Frame.io did not do it.
            PermanentError: Frame.io does not let us.
        """
        try:
            if await self._calls.has_comments(asset_id):
                logger.warning(
                    "left what somebody has commented on",
                    action="asset_left",
                    asset_id=asset_id,
                    what_to_do="Delete it in Frame.io when its comments are of no use any more.",
                )
                return
            await self._calls.delete_file(asset_id)
        except NotFound as unknown:
            if is_new:
                raise NotYet("Frame.io does not know yet what is to be deleted", UNKNOWN_RETRY_S) from unknown
        logger.info("deleted an asset", action="asset_deleted", asset_id=asset_id)
