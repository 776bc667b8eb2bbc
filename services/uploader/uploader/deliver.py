"""Edge: the handler. An exposed file becomes exactly one good asset in Frame.io, or an ending that says why not."""

from collections.abc import Callable
from datetime import datetime

from postflow import attributes
from postflow.errors import ClaimLost, MalformedMessage, NotYet, PermanentError, PostFlowError, RetryableError
from postflow.logs import get_logger
from postflow.messages import FileExposed, Refusal
from postflow.reading import Delivery
from postflow.settlement import DEFECT_LIMIT
from postflow.telemetry import Telemetry
from uploader.absence import Failed, SendAgain, Superseded
from uploader.absent import Absent
from uploader.aftermath import Aftermath
from uploader.books import Posted, Setback, Stage, place_key
from uploader.claim import Claim
from uploader.conclusion import Conclusion
from uploader.endings import Endings
from uploader.following import Following
from uploader.frameio.errors import NotFound
from uploader.frameio.folders import Folders
from uploader.frameio.objects import Asset
from uploader.ledger import Claimed, Ledger, Obsolete, PlaceTaken
from uploader.posting import Posting
from uploader.resending import Resending
from uploader.transport import pull
from uploader.verify import Broken, Tainted, Verified, is_lost

logger = get_logger(__name__)

PATIENT_WAITS = 3
"""How often a file whose place is taken waits with an open address, though the holder of the place has none. Only so
many are open at once: if all of them waited so, no holder would ever get another."""

GONE_RETRY_S = 5.0
MOST_MISSING = 10
"""How often in a row Frame.io may say that a folder is not there which it has just given us, over some minutes."""

UNTOLD_RETRY_S = 60.0

OVERWRITTEN = Refusal(
    code="REVISION_CHANGED",
    why="the file was overwritten while it was being fetched",
    what_to_do="Nothing: its newer revision is announced by itself.",
)


class Deliver:
    def __init__(
        self,
        ledger: Ledger,
        folders: Folders,
        posting: Posting,
        following: Following,
        aftermath: Aftermath,
        absent: Absent,
        endings: Endings,
        resending: Resending,
        conclusion: Conclusion,
        telemetry: Telemetry,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._folders = folders
        self._posting = posting
        self._following = following
        self._aftermath = aftermath
        self._absent = absent
        self._endings = endings
        self._resending = resending
        self._conclusion = conclusion
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
            await self._carry_or_give_up(claimed, delivery)
        except RetryableError:
            await claimed.write(live=False)
            raise

    async def _carry_or_give_up(self, claimed: Claimed, delivery: Delivery) -> None:
        try:
            await self._carry(claimed)
        except PermanentError as error:
            await self._give_up(claimed, error)
        except (RetryableError, ClaimLost):
            raise
        except Exception as error:
            if delivery.defects + 1 < DEFECT_LIMIT:
                raise
            logger.exception("gave up", action="defect", file_id=claimed.file_id)
            await self._give_up(claimed, _defect(error))

    async def _give_up(self, claimed: Claimed, error: PermanentError) -> None:
        """An attempt ends once: whatever goes wrong after its ending is on record changes nothing about the file."""
        if claimed.record.is_over:
            logger.warning("nothing more can be told", action="aftermath_over", file_id=claimed.file_id, why=error.why)
        elif claimed.record.ending is not None:
            raise NotYet(f"its ending cannot be told: {error.why}", UNTOLD_RETRY_S)
        else:
            await self._conclusion.given_up(claimed, error)
            await self._aftermath.look(claimed)

    async def _carry(self, claimed: Claimed) -> None:
        """Go on from where the record stands."""
        match claimed.record.stage:
            case Stage.CLAIMED | Stage.POSTED:
                await self._bring(claimed)
            case Stage.STALE:
                await self._endings.tell_stale(claimed, "asked again after an interruption")
            case Stage.ENDED:
                await self._endings.tell(claimed)
        if claimed.record.is_over:
            await self._aftermath.look(claimed)

    async def _bring(self, claimed: Claimed) -> None:
        exposed = claimed.exposed
        if claimed.record.setback is not None:
            await self._resending.judge(claimed, claimed.record.setback)
            return
        if exposed.refusal is not None:
            await self._leave(claimed, exposed.refusal)
            return
        try:
            project_id = await self._folders.project_id(exposed.destination)
            await self._ledger.take_place(claimed, place_key(project_id, exposed.destination))
        except PlaceTaken as taken:
            if not (taken.holder_is_stale and claimed.record.delivery > PATIENT_WAITS):
                raise
            await self._endings.stale(claimed, "it gives way to the revision before it, which needs another address")
            return
        posted = await self._posted(claimed)
        if posted is None:
            return
        verdict, sighting = await self._following.outcome(exposed, posted)
        self._record_transfer(exposed, posted)
        await self._aftermath.suspect(claimed, sighting)
        match verdict:
            case Verified() if sighting.asset is not None:
                await self._arrived(claimed, posted, sighting.asset)
            case Tainted():
                await self._leave(claimed, OVERWRITTEN)
            case Broken():
                await self._resending.send_again(claimed, posted, verdict)

    async def _arrived(self, claimed: Claimed, posted: Posted, asset: Asset) -> None:
        """If it was moved when all of it had been fetched, it may have been released there: one of both is enough."""
        moved_to = await self._absent.gone_on(claimed)
        if not moved_to:
            await self._conclusion.delivered(claimed, posted, asset)
            return
        why = f"the file was moved to {moved_to} while it was on its way"
        await claimed.write(setback=Setback(code="FILE_GONE", why=why, until=self._now(), counts=False))
        await self._posting.withdraw(claimed, posted)
        await self._endings.superseded(claimed, why)

    async def _posted(self, claimed: Claimed) -> Posted | None:
        """The asset that Frame.io fetches into; None when another address was asked for instead."""
        await self._posting.settle(claimed)
        posted = claimed.record.posted
        if posted is not None and posted.is_fetched_from(claimed.record.claim):
            return posted
        if posted is not None:
            # Of an address before this one: nobody can tell any more whether what was sent was all of one revision.
            await self._posting.withdraw(claimed, posted)
            await claimed.write(posted=None)
        if useless := await self._useless(claimed.exposed):
            await self._endings.stale(claimed, useless)
            return None
        return await self._post(claimed)

    async def _post(self, claimed: Claimed) -> Posted:
        exposed = claimed.exposed
        source_url = pull.source_url(exposed)
        try:
            project_id, folder_id = await self._folders.place(exposed.destination)
            return await self._posting.post(claimed, project_id=project_id, folder_id=folder_id, source_url=source_url)
        except NotFound as gone:
            await self._folders.forget(exposed.destination)
            raise await self._missing(claimed, gone) from gone

    async def _missing(self, claimed: Claimed, gone: NotFound) -> PostFlowError:
        times = claimed.record.missing + 1
        if times > MOST_MISSING:
            return PermanentError(
                f"Frame.io says again and again that a folder is not there: {gone}",
                code="FOLDER_MISSING",
                what_to_do="See whether PostFlow's user can open this folder in Frame.io, then retry the file.",
            )
        claimed.note(missing=times)
        return NotYet(f"a folder is gone from Frame.io and will be made again: {gone}", GONE_RETRY_S * times)

    async def _useless(self, exposed: FileExposed) -> str:
        """Why nobody should be sent to this address; empty when it is good."""
        if pull.is_worn(exposed, self._now()):
            return "the address is about to expire"
        return "the address was lost with the tunnel" if is_lost(await self._following.transfer(exposed)) else ""

    async def _leave(self, claimed: Claimed, refusal: Refusal) -> None:
        """It is not on the volume any more as it was announced, or cannot be read."""
        await self._posting.settle(claimed)
        posted = claimed.record.posted
        match await self._absent.end(claimed, refusal):
            case Superseded(why):
                if posted is not None:
                    await self._posting.withdraw(claimed, posted)
                await self._endings.superseded(claimed, why)
            case SendAgain(why):
                await self._resending.send_again(claimed, posted, Broken(refusal.code, why, counts=posted is not None))
            case Failed(found):
                raise PermanentError(found.why, code=found.code, what_to_do=found.what_to_do)

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
