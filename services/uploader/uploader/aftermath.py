"""Edge: what is still to be done when the ending of an attempt has been told.

Both are looked at again by a scheduled retry of the same message, which survives restarts: whether it can be played,
and whether a POST of which nobody knew has left a surplus asset.
"""

from collections.abc import Callable
from datetime import datetime

from postflow.errors import NotYet, RetryableError
from postflow.logs import get_logger
from postflow.messages import FileDelivered, FileEnded
from uploader.books import Posted, Stage
from uploader.endings import Endings
from uploader.frameio.statuses import Sighting
from uploader.ledger import Claimed
from uploader.sightings import Sightings
from uploader.surplus import Surplus

logger = get_logger(__name__)

FIRST_PLAYABLE_LOOK_S = 5.0
SLOWEST_PLAYABLE_LOOK_S = 600.0
PATIENCE_S = 24 * 3600.0

SURPLUS_AFTER_S = 600.0
"""The second look for what is surplus: what was on its way when the first was taken is listed by then."""


class Aftermath:
    def __init__(
        self, sightings: Sightings, surplus: Surplus, endings: Endings, *, now: Callable[[], datetime]
    ) -> None:
        self._sightings = sightings
        self._surplus = surplus
        self._endings = endings
        self._now = now

    async def look(self, claimed: Claimed) -> None:
        """Do what is due. Raises NotYet until there is nothing more to look for."""
        ended = claimed.record.ending.message() if claimed.record.ending else None
        if not isinstance(ended, FileEnded):
            return
        age_s = (self._now() - ended.at).total_seconds()
        if claimed.record.doubt is not None and age_s >= SURPLUS_AFTER_S:
            await self._look_again(claimed, age_s)
        if isinstance(ended, FileDelivered) and claimed.record.stage is Stage.TOLD:
            await self._await_playable(claimed, age_s)
        if claimed.record.doubt is not None:
            raise NotYet("it will be looked for what is surplus", max(SURPLUS_AFTER_S - age_s, 1.0))

    async def suspect(self, claimed: Claimed, sighting: Sighting) -> None:
        """Keep in mind what was seen beside our asset."""
        await self._surplus.suspect(claimed, sighting)

    async def remove_surplus(self, claimed: Claimed) -> None:
        """The first look. What it cannot do is left to the second."""
        try:
            await self._surplus.remove(claimed)
        except RetryableError as error:
            logger.warning("cannot look for what is surplus", action="surplus_unseen", why=str(error))

    async def _look_again(self, claimed: Claimed, age_s: float) -> None:
        try:
            await self._surplus.remove(claimed)
        except RetryableError:
            if age_s < PATIENCE_S:
                raise
        await claimed.write(doubt=None)

    async def _await_playable(self, claimed: Claimed, age_s: float) -> None:
        """Look once; if it is not transcoded yet, ask to be shown the message again later."""
        posted = claimed.record.posted
        if posted is None:
            return
        sighting = await self._seen(posted)
        asset = sighting.asset
        if age_s < SURPLUS_AFTER_S:
            await self._surplus.suspect(claimed, sighting)
        if asset is None or age_s > PATIENCE_S:
            logger.info("never seen playable", action="not_playable", file_id=claimed.file_id)
        elif asset.is_playable:
            await self._endings.playable(claimed, asset)
        else:
            raise NotYet("Frame.io is transcoding", min(max(FIRST_PLAYABLE_LOOK_S, age_s / 2), SLOWEST_PLAYABLE_LOOK_S))

    async def _seen(self, posted: Posted) -> Sighting:
        try:
            return await self._sightings.next(posted)
        finally:
            self._sightings.forget(posted)
