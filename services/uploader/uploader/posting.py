"""Edge: the POST that cannot be undone, and must not be made twice.

Frame.io has no idempotency key, and names are not unique. So the intent is on record before the POST leaves, with a
deadline after which it will not leave any more. Whoever finds an intent without an asset, after a crash or an answer
that never came, waits until nothing can be under way, looks twice in the folder, adopts what is ours, and only then
POSTs again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from postflow.errors import ClaimLost, NotYet, PermanentError, PostFlowError
from postflow.identity import comparable
from postflow.logs import get_logger
from uploader import verify
from uploader.books import Doubt, Intent, Posted, Setback, Stage
from uploader.frameio.errors import NameConflict, NotFound, OutcomeUnknown
from uploader.frameio.objects import Asset
from uploader.ledger import Claimed, Ledger
from uploader.removal import Removal

logger = get_logger(__name__)

SEND_S = 20.0
"""From the intent to the moment after which the POST is not sent any more and its answer not waited for."""

SETTLE_S = 30.0
"""After the deadline: what was sent in time has reached the listing by then."""

BETWEEN_LOOKS_S = 3.0
CLOCK_SKEW_S = 60.0
"""How far Frame.io's clock may be from ours."""

MOST_CONFLICTS = 2
"""How often in a row Frame.io may refuse a name under which nothing of ours is found."""


class Uploads(Protocol):
    user_id: str
    """Our own id in Frame.io: only what we made is ever adopted."""

    async def turn_to_upload(self) -> None: ...
    async def remote_upload(self, folder_id: str, name: str, source_url: str, *, timeout_s: float) -> Asset: ...
    def files_in(self, folder_id: str, *, with_creator: bool = False) -> AsyncIterator[Asset]: ...


class Posting:
    """Brings a delivery record to the point where it knows its asset: `settle` what was begun, then `post`."""

    def __init__(
        self,
        uploads: Uploads,
        ledger: Ledger,
        removal: Removal,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._uploads = uploads
        self._ledger = ledger
        self._removal = removal
        self._now = now
        self._sleep = sleep

    async def settle(self, claimed: Claimed) -> None:
        """Find out what became of a POST that was intended; afterwards there is no intent on record.

        Raises:
            NotYet: it may still be under way.
            ClaimLost: somebody else goes on with this file.
        """
        intent = claimed.record.intent
        if intent is None:
            return
        settled_at = intent.send_deadline + timedelta(seconds=SETTLE_S)
        wait_s = (settled_at - self._now()).total_seconds()
        if wait_s > 0:
            raise NotYet("an earlier POST may still be under way", wait_s)
        for look in range(2):
            if look:
                await self._sleep(BETWEEN_LOOKS_S)
            found = await self._adoptable(claimed, intent)
            if found is not None:
                logger.info("found what an earlier POST made", action="adopted", **_facts(claimed, found))
                # Listings are read back to this moment: the asset is as old as the POST that made it.
                await self._record(claimed, found, intent, at=intent.at, adopted=True)
                return
        if claimed.record.conflicts >= MOST_CONFLICTS:
            raise _name_taken(intent)
        # It may still come to light: from now on this delivery looks for what is surplus.
        await claimed.write(intent=None, doubt=_doubt(intent).beside(claimed.record.doubt))

    async def _adoptable(self, claimed: Claimed, intent: Intent) -> Asset | None:
        try:
            return await self._found(claimed, intent)
        except NotFound:
            return None  # somebody deleted the folder, and whatever the POST had made in it

    async def _found(self, claimed: Claimed, intent: Intent) -> Asset | None:
        oldest = intent.at - timedelta(seconds=CLOCK_SKEW_S)
        claim = claimed.record.claim
        async for asset in self._uploads.files_in(intent.folder_id, with_creator=True):
            if asset.created_at < oldest:
                return None
            if self._may_be_of(intent, asset, claimed.exposed.size_bytes) and await self._ledger.adopt_asset(
                asset.id, claimed.file_id, claim
            ):
                return asset
        return None

    def _may_be_of(self, intent: Intent, asset: Asset, size_bytes: int) -> bool:
        """A person who is signed in as our user may put a file of that name there by hand."""
        same_name = comparable(asset.name) == comparable(intent.name)
        in_time = asset.created_at <= intent.send_deadline + timedelta(seconds=SETTLE_S + CLOCK_SKEW_S)
        made_by_us = asset.is_made_by(self._uploads.user_id)
        return made_by_us and same_name and in_time and verify.may_be_ours(asset, size_bytes)

    async def post(self, claimed: Claimed, *, project_id: str, folder_id: str, source_url: str) -> Posted:
        """Have Frame.io make an asset and fetch the file into it.

        Raises:
            NotYet: whether it was made is unknown; `settle` finds out.
            ClaimLost: somebody else goes on with this file.
        """
        await self._uploads.turn_to_upload()
        now = self._now()
        intent = Intent(
            project_id=project_id,
            folder_id=folder_id,
            name=claimed.exposed.destination.name,
            at=now,
            send_deadline=now + timedelta(seconds=SEND_S),
            attempt=claimed.record.attempt,
            exposure=claimed.record.exposure,
        )
        await claimed.write(intent=intent)
        remaining_s = (intent.send_deadline - self._now()).total_seconds()
        if remaining_s <= 0:
            raise NotYet("the moment to POST has passed", SETTLE_S)
        try:
            asset = await self._uploads.remote_upload(folder_id, intent.name, source_url, timeout_s=remaining_s)
        except OutcomeUnknown as unknown:
            if isinstance(unknown, NameConflict):
                claimed.note(conflicts=claimed.record.conflicts + 1)
            wait_s = (intent.send_deadline - self._now()).total_seconds() + SETTLE_S
            raise NotYet(f"{unknown}; looking for it before another POST", max(wait_s, 1.0)) from unknown
        except PostFlowError:
            await claimed.write(intent=None)
            raise
        return await self._record_ours(claimed, asset, intent)

    async def _record_ours(self, claimed: Claimed, asset: Asset, intent: Intent) -> Posted:
        """Whoever finds that somebody took over after the POST undoes it, unless it was adopted already."""
        ours = await self._ledger.claim_new_asset(asset.id, claimed.file_id, claimed.record.claim)
        try:
            return await self._record(claimed, asset, intent, at=self._now())
        except ClaimLost:
            if await self._ledger.doom_asset(asset.id, ours):
                await self._undo(asset.id, intent.folder_id)
            raise

    async def _record(
        self, claimed: Claimed, asset: Asset, intent: Intent, *, at: datetime, adopted: bool = False
    ) -> Posted:
        posted = Posted(
            asset_id=asset.id,
            project_id=intent.project_id,
            folder_id=intent.folder_id,
            view_url=asset.view_url,
            at=at,
            attempt=intent.attempt,
            exposure=intent.exposure,
            adopted=adopted,
        )
        await claimed.write(posted=posted, intent=None, stage=Stage.POSTED, missing=0, conflicts=0)
        return posted

    async def withdraw(self, claimed: Claimed, posted: Posted) -> None:
        """Delete an asset of ours that will not become good. The record says so by now, or that it is of an address
        before this one: whoever takes over will not deliver it.

        Raises:
            RetryableError: Frame.io did not do it.
            ClaimLost: somebody else goes on with this file.
        """
        await claimed.write()
        await self._ledger.doom_asset(posted.asset_id)
        is_new = self._now() - posted.at < timedelta(seconds=verify.NOT_LISTED_S)
        await self._removal.remove(posted.asset_id, posted.folder_id, is_new=is_new)

    async def disown(self, claimed: Claimed, posted: Posted) -> None:
        """Leave an asset that we only found, and that may be somebody else's."""
        await self._ledger.disown(posted.asset_id, claimed.file_id)
        logger.warning(
            "left what may be somebody else's",
            action="asset_left",
            file_id=claimed.file_id,
            asset_id=posted.asset_id,
            what_to_do="If nobody has put it there by hand, delete it in Frame.io.",
        )

    async def abandon(self, claimed: Claimed, error: PermanentError) -> None:
        """Leave nothing half behind, as far as Frame.io lets us. Raises RetryableError when it does not answer."""
        if claimed.record.intent is not None:
            claimed.note(intent=None, doubt=_doubt(claimed.record.intent).beside(claimed.record.doubt))
        if claimed.record.posted is None:
            return
        given_up = Setback(code=error.code, why=error.why, until=self._now(), what_to_do=error.what_to_do)
        await claimed.write(setback=given_up)
        try:
            await self.withdraw(claimed, claimed.record.posted)
            claimed.note(posted=None, setback=None)
        except PermanentError as error:
            asset_id = claimed.record.posted.asset_id
            logger.warning("an asset is left", action="surplus_left", asset_id=asset_id, why=error.why)

    async def _undo(self, asset_id: str, folder_id: str) -> None:
        """What fails here, the one who took over finds: it has a doubt on record."""
        try:
            await self._removal.remove(asset_id, folder_id, is_new=True)
        except PostFlowError as error:
            logger.warning("a surplus asset is left", action="surplus_left", asset_id=asset_id, why=str(error))


def _doubt(intent: Intent) -> Doubt:
    skew = timedelta(seconds=CLOCK_SKEW_S)
    until = intent.send_deadline + timedelta(seconds=SETTLE_S) + skew
    return Doubt(folder_id=intent.folder_id, name=intent.name, since=intent.at - skew, until=until)


def _name_taken(intent: Intent) -> PermanentError:
    return PermanentError(
        f"Frame.io refuses the name {intent.name} there, and what has it is not ours",
        code="NAME_TAKEN",
        what_to_do="Move or rename what has this name in that folder of Frame.io, then retry the file.",
    )


def _facts(claimed: Claimed, asset: Asset) -> dict[str, object]:
    return {"file_id": claimed.file_id, "path": claimed.exposed.path, "asset_id": asset.id}
