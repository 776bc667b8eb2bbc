"""Edge: asks the watcher where a file is now, and waits until it knows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from postflow.errors import BusUnavailable, NotYet
from postflow.logs import get_logger
from postflow.messages import Refusal
from postflow.questions import Whereabouts, WhereaboutsAnswer, WhereaboutsQuestion
from uploader import absence
from uploader.absence import AskAgain, Failed, SendAgain, Superseded
from uploader.ledger import Claimed

logger = get_logger(__name__)

SILENCE_S = 600.0
"""A film that is in Frame.io and verified waits so long for a watcher that is away to say that it was not moved. One
that comes after it does not wait anew."""
AGAIN_S = 10.0
LAPSE_S = 60.0
"""Nobody knows of a watcher whether it was away when it was not asked for longer than this."""

Ask = Callable[[WhereaboutsQuestion], Awaitable[WhereaboutsAnswer]]


class Absent:
    def __init__(self, ask: Ask, *, now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._now = now
        self._silence: _Silence | None = None

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

        Raises NotYet while the watcher does not answer, until it has answered nobody for SILENCE_S: a backlog must not
        wait so long film by film, with the few addresses that may be open.
        """
        waited_s = self._waited_s(claimed)
        answer = await self._answer(claimed.file_id)
        if answer is None and max(waited_s, self._silent_s()) < SILENCE_S:
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
            answer = await self._ask(WhereaboutsQuestion(file_id=file_id))
        except BusUnavailable as error:
            logger.warning("the watcher does not answer", action="ask_failed", why=str(error))
            self._heard_nothing()
            return None
        self._silence = None
        return answer

    def _heard_nothing(self) -> None:
        now = self._now()
        if self._silence is None or not timedelta() <= now - self._silence.until <= timedelta(seconds=LAPSE_S):
            self._silence = _Silence(now, now)
        self._silence.until = now

    def _silent_s(self) -> float:
        """For how long it has answered nobody here."""
        return (self._silence.until - self._silence.since).total_seconds() if self._silence else 0.0


@dataclass(slots=True)
class _Silence:
    since: datetime
    until: datetime
