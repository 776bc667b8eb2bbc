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

Ask = Callable[[WhereaboutsQuestion], Awaitable[WhereaboutsAnswer]]


class Absent:
    def __init__(self, ask: Ask, *, now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._now = now

    async def end(self, claimed: Claimed, refusal: Refusal) -> Superseded | Failed | SendAgain:
        """How a file ends that is not as it was announced. Raises NotYet until the watcher knows."""
        if refusal.code not in absence.WORDS_OF:
            return Failed(refusal)
        asked_at = claimed.record.asked_at
        if asked_at is None:
            asked_at = self._now()
            claimed.note(asked_at=asked_at)
        answer = await self._answer(claimed.file_id)
        ending = absence.end(answer, refusal, waited_s=(self._now() - asked_at).total_seconds())
        if isinstance(ending, AskAgain):
            raise NotYet("the watcher finds out where the file is now", ending.after_s)
        return ending

    async def gone_on(self, file_id: str) -> str:
        """Where a file is on its way from by now, because it was moved; empty if it is not, or nobody says so."""
        answer = await self._answer(file_id)
        return answer.path if answer and answer.state is Whereabouts.MOVED and answer.underway else ""

    async def _answer(self, file_id: str) -> WhereaboutsAnswer | None:
        try:
            return await self._ask(WhereaboutsQuestion(file_id=file_id))
        except BusUnavailable as error:
            logger.warning("the watcher does not answer", action="ask_failed", why=str(error))
            return None
