"""Edge: takes an asset of ours out of Frame.io. Its record says by then that nobody may adopt it any more.

What a person has moved, stacked or commented on matters to somebody: it stays.
"""

from typing import Protocol

from postflow.errors import NotYet
from postflow.logs import get_logger
from uploader.frameio.errors import NotFound
from uploader.frameio.objects import Asset

logger = get_logger(__name__)

UNKNOWN_RETRY_S = 5.0


class Deleting(Protocol):
    async def file(self, asset_id: str) -> Asset: ...
    async def has_comments(self, asset_id: str) -> bool: ...
    async def delete_file(self, asset_id: str) -> None: ...


class Removal:
    def __init__(self, calls: Deleting) -> None:
        self._calls = calls

    async def remove(self, asset_id: str, folder_id: str, *, is_new: bool) -> None:
        """Delete an asset, unless it matters to somebody: then a person is told.

        Args:
            folder_id: where we put it.
            is_new: made so lately that Frame.io may not know it yet: then "not found" does not mean that it is gone.

        Raises:
            RetryableError: Frame.io did not do it.
            PermanentError: Frame.io does not let us.
        """
        try:
            if why := await self._matters(asset_id, folder_id):
                logger.warning(
                    f"left what somebody has {why}",
                    action="asset_left",
                    asset_id=asset_id,
                    what_to_do="Delete it in Frame.io when it is of no use any more.",
                )
                return
            await self._calls.delete_file(asset_id)
        except NotFound as unknown:
            if is_new:
                raise NotYet("Frame.io does not know yet what is to be deleted", UNKNOWN_RETRY_S) from unknown
        logger.info("deleted an asset", action="asset_deleted", asset_id=asset_id)

    async def _matters(self, asset_id: str, folder_id: str) -> str:
        """What somebody has done with it; empty when nobody has done anything."""
        if (await self._calls.file(asset_id)).parent_id not in (folder_id, None):
            return "moved or stacked"
        return "commented on" if await self._calls.has_comments(asset_id) else ""
