"""Edge: the handler. An exposed file becomes exactly one good asset in Frame.io, or an ending that says why not."""

from collections.abc import Callable
from datetime import datetime

from postflow import attributes
from postflow.errors import MalformedMessage, NotYet, PermanentError, RetryableError
from postflow.logs import get_logger
from postflow.messages import FileDelivered, FileExposed
from postflow.reading import Delivery
from postflow.settlement import DEFECT_LIMIT
from postflow.telemetry import Telemetry
from uploader.books import Posted, Stage, place_key
from uploader.claim import Claim
from uploader.endings import Endings
from uploader.following import Following, Listed
from uploader.frameio.errors import NotFound
from uploader.frameio.folders import Folders
from uploader.frameio.objects import Asset
from uploader.ledger import Claimed, Ledger, Obsolete, PlaceTaken
from uploader.posting import Posting
from uploader.transport import pull
from uploader.verify import Broken, Tainted, Verified, is_lost

logger = get_logger(__name__)

MOST_SENDS = 3
"""How often a file is sent before a person is asked."""

PATIENT_WAITS = 3
"""How often a file whose place is taken waits with an open address, though the holder of the place has none. Only so
many are open at once: if all of them waited so, no holder would ever get another."""

GONE_RETRY_S = 5.0
FIRST_PLAYABLE_LOOK_S = 5.0
SLOWEST_PLAYABLE_LOOK_S = 600.0
PLAYABLE_PATIENCE_S = 24 * 3600.0


class Deliver:
    def __init__(
        self,
        ledger: Ledger,
        folders: Folders,
        posting: Posting,
        following: Following,
        statuses: Listed,
        endings: Endings,
        telemetry: Telemetry,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._folders = folders
        self._posting = posting
        self._following = following
        self._statuses = statuses
        self._endings = endings
        self._telemetry = telemetry
        self._now = now

    async def __call__(self, delivery: Delivery) -> None:
        exposed = delivery.message
        if not isinstance(exposed, FileExposed):
            raise MalformedMessage(f"the uploader cannot deliver {exposed.subject}")
        claim = Claim(exposed.attempt, exposed.exposure, delivery.sequence, delivery.count)
        try:
            claimed = await self._ledger.claim(exposed, claim)
        except Obsolete:
            return
        try:
            await self._carry(claimed)
        except PermanentError as error:
            await self._give_up(claimed, error)
        except RetryableError:
            await claimed.write(live=False)
            raise
        except Exception as error:
            if delivery.defects + 1 < DEFECT_LIMIT:
                raise
            logger.exception("gave up", action="defect", file_id=exposed.file_id)
            await self._give_up(claimed, _defect(error))

    async def _give_up(self, claimed: Claimed, error: PermanentError) -> None:
        """An attempt ends once: whatever goes wrong after its ending was told changes nothing about the file."""
        if claimed.record.stage is Stage.TOLD:
            logger.warning(
                "nobody can tell whether it plays", action="not_playable", file_id=claimed.file_id, why=error.why
            )
            return
        await self._endings.failed(claimed, error)

    async def _carry(self, claimed: Claimed) -> None:
        """Go on from where the record stands."""
        match claimed.record.stage:
            case Stage.CLAIMED | Stage.POSTED:
                await self._bring(claimed)
            case Stage.STALE:
                await self._endings.tell_stale(claimed, "asked again after an interruption")
            case Stage.ENDED:
                await self._endings.tell(claimed)
        if claimed.record.stage is Stage.TOLD:
            await self._await_playable(claimed)

    async def _bring(self, claimed: Claimed) -> None:
        exposed = claimed.exposed
        if exposed.refusal is not None:
            await self._end_refused(claimed)
            return
        try:
            await self._ledger.take_place(exposed.file_id, place_key(exposed.destination))
        except PlaceTaken as taken:
            if not (taken.holder_is_stale and claimed.record.delivery > PATIENT_WAITS):
                raise
            await self._endings.stale(claimed, "it gives way to the revision before it, which needs another address")
            return
        posted = claimed.record.posted or await self._post(claimed)
        if posted is None:
            return
        verdict, asset = await self._following.outcome(exposed, posted)
        self._record_transfer(exposed, posted)
        match verdict:
            case Verified() if asset is not None:
                await self._endings.delivered(claimed, posted, asset)
                if asset.is_playable:
                    await self._endings.playable(claimed, asset)
            case Tainted():
                await self._posting.withdraw(claimed, posted)
                await self._endings.superseded(claimed, "the file was overwritten while it was being fetched")
            case Broken():
                await self._send_again(claimed, posted, verdict)

    async def _post(self, claimed: Claimed) -> Posted | None:
        """The asset that Frame.io fetches into; None when another address was asked for instead."""
        exposed = claimed.exposed
        source_url = pull.source_url(exposed)
        if claimed.record.intent is None and (useless := await self._useless(exposed)):
            await self._endings.stale(claimed, useless)
            return None
        try:
            project_id, folder_id = await self._folders.place(exposed.destination)
            return await self._posting.asset_for(
                claimed, project_id=project_id, folder_id=folder_id, source_url=source_url
            )
        except NotFound as gone:
            await self._folders.forget(exposed.destination)
            raise NotYet(f"a folder is gone from Frame.io and will be made again: {gone}", GONE_RETRY_S) from gone

    async def _useless(self, exposed: FileExposed) -> str:
        """Why nobody should be sent to this address; empty when it is good."""
        if pull.is_worn(exposed, self._now()):
            return "the address is about to expire"
        return "the address was lost with the tunnel" if is_lost(await self._following.transfer(exposed)) else ""

    async def _send_again(self, claimed: Claimed, posted: Posted, broken: Broken) -> None:
        """Nothing half remains there: delete, then send once more or give up with the evidence."""
        await self._posting.withdraw(claimed, posted)
        sends = claimed.record.sends + broken.counts
        if broken.counts and sends >= MOST_SENDS:
            raise PermanentError(
                f"sent {sends} times, and each time it did not arrive; the last time {broken.why}",
                code=broken.code,
                what_to_do="Check the tunnel and Frame.io's status, then retry the file.",
            )
        logger.warning("sending again", action="send_again", file_id=claimed.file_id, code=broken.code, why=broken.why)
        await self._endings.stale(claimed, broken.why, sends=sends)

    async def _end_refused(self, claimed: Claimed) -> None:
        refusal = claimed.exposed.refusal
        assert refusal is not None
        if refusal.code == "REVISION_CHANGED":
            await self._endings.superseded(claimed, refusal.why)
            return
        raise PermanentError(refusal.why, code=refusal.code, what_to_do=refusal.what_to_do)

    async def _await_playable(self, claimed: Claimed) -> None:
        """Look once; if it is not transcoded yet, ask to be shown the message again later."""
        ended = claimed.record.ending.message() if claimed.record.ending else None
        posted = claimed.record.posted
        if not isinstance(ended, FileDelivered) or posted is None:
            return
        asset = await self._listed(posted)
        age_s = (self._now() - ended.at).total_seconds()
        if asset is None or age_s > PLAYABLE_PATIENCE_S:
            logger.info("never seen playable", action="not_playable", file_id=claimed.file_id)
        elif asset.is_playable:
            await self._endings.playable(claimed, asset)
        else:
            raise NotYet("Frame.io is transcoding", min(max(FIRST_PLAYABLE_LOOK_S, age_s / 2), SLOWEST_PLAYABLE_LOOK_S))

    async def _listed(self, posted: Posted) -> Asset | None:
        try:
            return await self._statuses.next(posted.folder_id, posted.asset_id, posted.at)
        except NotFound:
            return None  # somebody deleted the folder
        finally:
            self._statuses.forget(posted.folder_id, posted.asset_id)

    def _record_transfer(self, exposed: FileExposed, posted: Posted) -> None:
        self._telemetry.past(
            "transfer",
            file_id=exposed.file_id,
            attempt=exposed.attempt,
            start=posted.at,
            end=self._now(),
            attributes={attributes.ASSET_ID: posted.asset_id, attributes.SIZE: exposed.size_bytes},
        )


def _defect(error: Exception) -> PermanentError:
    return PermanentError(
        f"an unforeseen error, {type(error).__name__}, again and again",
        code="DEFECT",
        what_to_do="Look for this file in the uploader's log and report the defect with that line.",
    )
