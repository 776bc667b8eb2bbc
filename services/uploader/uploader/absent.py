"""Edge: asks the watcher where a file is now, and waits until it knows."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from postflow.errors import BusUnavailable, NotYet
from postflow.logs import get_logger
from postflow.messages import Refusal
from postflow.questions import Whereabouts, WhereaboutsAnswer, WhereaboutsQuestion
from uploader import absence
from uploader.absence import AskAgain, Failed, SendAgain, Superseded
from uploader.ledger import Claimed

logger = get_logger(__name__)

SILENCE_S = 600.0
"""A film that is in Frame.io and verified waits so long for a watcher that is away to say that it was not moved."""
AGAIN_S = 10.0

Ask = Callable[[WhereaboutsQuestion], Awaitable[WhereaboutsAnswer]]


class Absent:
    def __init__(self, ask: Ask, *, now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._now = now

    async def end(self, claimed: Claimed, refusal: Refusal) -> Superseded | Failed | SendAgain:
        """How a file ends that is not as it was announced. Raises NotYet until the watcher knows."""
        if refusal.code not in absence.WORDS_OF:
            return Failed(refusal)
        waited_s = self._waited_s(claimed)
        answer = await self._answer(claimed.file_id)
        ending = absence.end(answer, refusal, waited_s=waited_s)
        if isinstance(ending, AskAgain):
            raise NotYet("the watcher finds out where the file is now", ending.after_s)
        return ending

    async def gone_on(self, claimed: Claimed) -> str:
        """Where a file is on its way from by now, because it was moved; empty if it is not.

        Raises NotYet while the watcher does not answer, but not for longer than SILENCE_S: then nobody can say so.
        """
        waited_s = self._waited_s(claimed)
        answer = await self._answer(claimed.file_id)
        if answer is None and waited_s < SILENCE_S:
            raise NotYet("the watcher does not say whether the file was moved meanwhile", AGAIN_S)
        return answer.path if answer and answer.state is Whereabouts.MOVED and answer.underway else ""

    def _waited_s(self, claimed: Claimed) -> float:
        """Since the watcher was asked first."""
        asked_at = claimed.record.asked_at
        if asked_at is None:
            asked_at = self._now()
            claimed.note(asked_at=asked_at)
        return (self._now() - asked_at).total_seconds()

    async def _answer(self, file_id: str) -> WhereaboutsAnswer | None:
        try:
            return await self._ask(WhereaboutsQuestion(file_id=file_id))
        except BusUnavailable as error:
            logger.warning("the watcher does not answer", action="ask_failed", why=str(error))
            return None
