"""Edge: nothing is watched while the ledger is lost; a person is told what would be done about it, and has it done.

Until then the watcher is away for everybody else: it reads nothing, concludes nothing and releases nothing.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Protocol

from postflow.checks import Check
from postflow.errors import BusUnavailable, RetryableError
from postflow.logs import get_logger
from postflow.messages import FileReady
from postflow.rebuilds import Rebuild, RebuildAnswer, RebuildQuestion, RebuildStep
from postflow.routing import WatchFolder
from postflow.waiting import until_set
from watcher.clock import Clock, wall_ns
from watcher.guard.shown import Doubt
from watcher.loss import Loss
from watcher.stocktaking import Stocktaking
from watcher.stories import Stories

logger = get_logger(__name__)

RETRY_S = 1.0
SLICE_S = 0.5
LOST = "it does not know what the stream tells: it was lost, or is an older copy. Nothing is looked at or released"
WHAT_TO_DO = (
    "Run `postflow rebuild`: it says what would be done, and asks. Or restore the volume of the watcher, "
    "if there is a copy of the same moment as that of NATS."
)
LOOK_FIRST = "nobody knows yet what is there: ask for that first"


class Volume(Protocol):
    def doubt(self) -> Doubt | None: ...

    def is_gone(self, path: str) -> bool: ...


class Rebuilding:
    """
    Args:
        stocktaking: begins a walk.
        sound: what the ledger says of itself when it was not lost.
        ended: called when the volume is looked at no more.
    """

    def __init__(
        self,
        loss: Loss,
        stories: Stories,
        volume: Volume,
        stocktaking: Callable[[], Stocktaking],
        watch_folders: Callable[[], Iterable[WatchFolder]],
        clock: Clock,
        *,
        sound: Callable[[], Check],
        ended: Callable[[], None],
    ) -> None:
        self._loss = loss
        self._stories = stories
        self._volume = volume
        self._begin_stocktaking = stocktaking
        self._watch_folders = watch_folders
        self._clock = clock
        self._sound = sound
        self._ended = ended
        self._state = Rebuild.WHOLE
        self._problem = ""
        self._stock: Stocktaking | None = None
        self._sequence = 0
        self._since_ns = 0
        self._work: asyncio.Task[None] | None = None
        self._over = asyncio.Event()

    def check(self) -> Check:
        sound = self._sound()
        if not sound.ok or self._state in (Rebuild.WHOLE, Rebuild.DONE):
            return sound
        return Check(False, LOST, WHAT_TO_DO)

    async def until_whole(self, stop: asyncio.Event) -> bool:
        """Find out whether it was lost, and wait until it is no more; False if the service stops first.

        Raises LedgerUnavailable."""
        while not stop.is_set():
            try:
                await self._look_whether_lost()
                break
            except BusUnavailable as error:
                logger.warning("cannot tell whether the ledger is whole", action="loss_unknown", why=str(error))
                await until_set(stop, RETRY_S)
        if self._state is Rebuild.LOST:
            logger.error("the ledger was lost", action="ledger_lost", why=LOST, what_to_do=WHAT_TO_DO)
            await self._until_over(stop)
        return not stop.is_set()

    async def _until_over(self, stop: asyncio.Event) -> None:
        over, stopped = (asyncio.ensure_future(event.wait()) for event in (self._over, stop))
        await asyncio.wait((over, stopped), return_when=asyncio.FIRST_COMPLETED)
        for task in (over, stopped, *([self._work] if self._work else [])):
            task.cancel()
        self._ended()

    async def _look_whether_lost(self) -> None:
        if not await asyncio.to_thread(self._loss.is_noted):
            newest = await self._stories.newest()
            if newest is None or await asyncio.to_thread(self._loss.knows, newest):
                return
            await asyncio.to_thread(self._loss.note)
            logger.warning(
                "the stream has a release that the ledger does not know",
                action="release_unknown",
                file_id=newest.file_id,
                path=newest.path,
                attempt=newest.attempt,
            )
        self._state = Rebuild.LOST

    async def answer(self, question: RebuildQuestion) -> RebuildAnswer:
        """What takes long is only begun here: the answer says how far it is."""
        problem = ""
        match question.step:
            case RebuildStep.LOOK if self._state is Rebuild.DONE:
                self._state = Rebuild.WHOLE
            case RebuildStep.LOOK if self._state in (Rebuild.LOST, Rebuild.LOOKED):
                self._begin(Rebuild.LOOKING, self._look())
            case RebuildStep.GO if self._state is Rebuild.LOOKED:
                self._begin(Rebuild.REBUILDING, self._go(deliver_unknown=question.deliver_unknown))
            case RebuildStep.GO if self._state not in (Rebuild.REBUILDING, Rebuild.DONE, Rebuild.WHOLE):
                problem = LOOK_FIRST
        return self._told(problem)

    def _told(self, problem: str) -> RebuildAnswer:
        stock = {"stock": self._stock.stock, "unanswered": self._stock.unanswered} if self._stock else {}
        about = {"state": self._state, "sequence": self._sequence, "problem": problem or self._problem}
        return RebuildAnswer.model_validate(about | stock)

    def _begin(self, state: Rebuild, work: Coroutine[None, None, None]) -> None:
        self._state, self._problem = state, ""
        self._work = asyncio.create_task(self._carry_out(work))

    async def _carry_out(self, work: Coroutine[None, None, None]) -> None:
        """What fails is begun once more by whoever asks."""
        try:
            await work
        except RetryableError as error:
            self._state, self._problem = Rebuild.LOST, str(error)
        except Exception as error:
            logger.error("cannot make the ledger anew", action="broken", exc_info=error)
            self._state, self._problem = Rebuild.LOST, f"it broke: {type(error).__name__}; its log says more"

    async def _look(self) -> None:
        self._stock = None
        await self._take_over()
        self._believe_volume(await asyncio.to_thread(self._volume.doubt))
        since_ns, stock = wall_ns(self._clock), self._begin_stocktaking()
        self._stock = stock
        while not stock.is_over:
            await asyncio.to_thread(stock.advance, SLICE_S)
        self._believe_volume(await asyncio.to_thread(self._volume.doubt))
        self._since_ns, self._state = since_ns, Rebuild.LOOKED

    def _believe_volume(self, doubt: Doubt | None) -> None:
        if doubt is not None:
            raise NotBelieved(f"the volume is not believed: {doubt.why}. {doubt.what_to_do}")

    async def _take_over(self) -> None:
        """All that the stream tells. Raises BusUnavailable: what came is kept."""
        self._sequence = await asyncio.to_thread(self._loss.sequence)
        async for part in self._stories.parts(self._sequence):
            await asyncio.to_thread(self._loss.take_over, part.messages, part.sequence)
            self._sequence = part.sequence
        newest: FileReady | None = await self._stories.newest()
        if newest is not None and not await asyncio.to_thread(self._loss.knows, newest):
            raise BusUnavailable("NATS does not tell all that is in the stream yet; try again")

    async def _go(self, *, deliver_unknown: bool) -> None:
        await self._take_over()
        watch_folders, is_gone, since_ns = list(self._watch_folders()), self._volume.is_gone, self._since_ns
        end = partial(self._loss.end, since_ns=since_ns, deliver_unknown=deliver_unknown)
        await asyncio.to_thread(end, watch_folders, is_gone)
        self._state = Rebuild.DONE
        logger.warning("the ledger was made anew", action="ledger_rebuilt", deliver_unknown=deliver_unknown)
        self._over.set()


class NotBelieved(RetryableError):
    """Nothing may be concluded from what the volume shows."""
