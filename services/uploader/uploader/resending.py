"""Edge: a send that did not arrive. Nothing half remains in Frame.io; then a pause, another look at the address, and
another address or the end.

The setback is on record first: whoever takes over from then on deletes the asset too, and delivers it no more, whatever
has become of it. Then the asset is deleted, then there is the pause, which survives a restart. The address stays open
meanwhile: only so the fileserver can find that its tunnel was away. Judged is what it says after the pause.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from postflow.errors import NotYet, PermanentError
from postflow.logs import get_logger
from postflow.messages import FileExposed
from postflow.questions import TransferAnswer
from uploader.books import Posted, Setback
from uploader.ledger import Claimed
from uploader.posting import Posting
from uploader.verify import Broken, excused

logger = get_logger(__name__)

MOST_SENDS = 3
"""How often a file is sent before a person is asked."""

MOST_SPARED = 20
"""How often a file is sent again without using up a try. Beyond that a person should look at the tunnel."""

PAUSES_S = (5.0, 30.0, 30.0)
"""After the first, second and third send that did not arrive: what stands in front of the fileserver is often wrong for
some seconds, and must not use up every try within them."""

SILENT_RETRY_S = 10.0


class Seen(Protocol):
    async def transfer(self, exposed: FileExposed, *, came_to_nothing: bool = False) -> TransferAnswer | None: ...


Stale = Callable[[Claimed, str], Awaitable[None]]


class Resending:
    """
    Args:
        stale: asks for another address.
    """

    def __init__(
        self,
        posting: Posting,
        seen: Seen,
        stale: Stale,
        *,
        now: Callable[[], datetime],
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._posting = posting
        self._seen = seen
        self._stale = stale
        self._now = now
        self._pauses_s = pauses_s

    async def send_again(self, claimed: Claimed, posted: Posted | None, broken: Broken) -> None:
        """Delete what arrived, and ask for another address: at once if it says nothing about the file.

        Raises:
            NotYet: after a pause; `judge` goes on then.
            PermanentError: it was sent often enough.
        """
        if posted is not None and posted.adopted and broken.may_be_anothers:
            await self._posting.disown(claimed, posted)
            claimed.note(posted=None)
        pause_s = 0.0
        if broken.counts:
            await self._seen.transfer(claimed.exposed, came_to_nothing=True)  # so that it looks at its tunnel meanwhile
            pause_s = self._pauses_s[min(claimed.record.sends, len(self._pauses_s) - 1)]
        until = self._now() + timedelta(seconds=pause_s)
        setback = Setback(code=broken.code, why=broken.why, until=until, counts=broken.counts)
        await claimed.write(setback=setback)
        await self.judge(claimed, setback)

    async def judge(self, claimed: Claimed, setback: Setback) -> None:
        """Delete what arrived. After the pause it counts, unless the fileserver says by now that the address was lost.
        Raises as above."""
        if claimed.record.posted is not None:
            await self._posting.withdraw(claimed, claimed.record.posted)
            await claimed.write(posted=None)
        if setback.what_to_do:
            raise PermanentError(setback.why, code=setback.code, what_to_do=setback.what_to_do)
        broken = Broken(setback.code, setback.why, counts=setback.counts)
        await self._next(claimed, await self._excused(claimed, setback.until, broken) if setback.counts else broken)

    async def _excused(self, claimed: Claimed, until: datetime, broken: Broken) -> Broken:
        """Raises NotYet until the pause is over and the fileserver answers."""
        rest_s = (until - self._now()).total_seconds()
        if rest_s > 0:
            raise NotYet(f"{broken.why}; what to make of it is decided after a pause", rest_s)
        transfer = await self._seen.transfer(claimed.exposed)
        if transfer is None:
            raise NotYet("the fileserver does not say what became of the address", SILENT_RETRY_S)
        return excused(broken, transfer)

    async def _next(self, claimed: Claimed, broken: Broken) -> None:
        counts = broken.counts or claimed.record.spared >= MOST_SPARED
        sends, spared = claimed.record.sends + counts, claimed.record.spared + (not counts)
        if counts and sends >= MOST_SENDS:
            await claimed.write(posted=None, setback=None, sends=sends)
            raise PermanentError(
                f"sent {sends + spared} times, and each time it did not arrive; the last time {broken.why}",
                code=broken.code,
                what_to_do="Check the tunnel and Frame.io's status, then retry the file.",
            )
        logger.warning("sending again", action="send_again", file_id=claimed.file_id, code=broken.code, why=broken.why)
        claimed.note(sends=sends, spared=spared, posted=None, setback=None, asked_at=None)
        await self._stale(claimed, broken.why)
