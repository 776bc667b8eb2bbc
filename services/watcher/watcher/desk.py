"""Edge: the watcher's answers to the operator's desk."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from postflow.bus import Bus
from postflow.desk import (
    ASK_DELIVER,
    ASK_HELD,
    ASK_REHEARSE,
    ASK_RETRY,
    ASK_VOLUME,
    ASK_WAITING,
    ASK_WHY,
    MOST_ANSWERED_BYTES,
    DeliverAnswer,
    DeliverQuestion,
    HeldAnswer,
    HeldQuestion,
    KnownRevision,
    RehearseAnswer,
    RehearseQuestion,
    RetryAnswer,
    RetryQuestion,
    VolumeAnswer,
    VolumeQuestion,
    WaitingAnswer,
    WaitingFile,
    WaitingQuestion,
    WhyAnswer,
    WhyQuestion,
)
from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.routing import Rules, RulesError, load_rules
from watcher.asking import Asking
from watcher.clock import Clock
from watcher.held import Held
from watcher.history import History
from watcher.orders import Order, Orders, refused
from watcher.places import NoPlace, inside
from watcher.rehearsal import Rehearsal
from watcher.stability import Look, Steadiness
from watcher.volume import Unanswered, Volume
from watcher.why import Why

logger = get_logger(__name__)

RETRIES_AT_ONCE = 50
MOST_PROBLEMS = 100
DOCTOR = "Look at `postflow doctor`, and try again."


class Follows(Protocol):
    def candidates(self) -> Iterable[tuple[str, Steadiness]]: ...

    def decided(self, path: str, look: Look, *, now_s: float, now_at: datetime) -> None: ...


class Desk:
    """
    Args:
        decided: called when there is something to publish.
        released: called with the path of a file that a person has released.
        look_again: takes a path about which something must be decided anew.
        accept: takes the volume for the right one, as it is mounted now; tells what it had to be, and has to be.
        look_around: has the names of everything looked at.
    """

    def __init__(
        self,
        root: str,
        rules: Callable[[], Rules],
        volume: Volume,
        history: History,
        orders: Orders,
        why: Why,
        held: Held,
        attention: Follows,
        clock: Clock,
        *,
        decided: Callable[[], None],
        released: Callable[[str], None],
        look_again: Callable[[str], None],
        asking: Asking,
        accept: Callable[[], tuple[str | None, str | None]],
        look_around: Callable[[], None],
    ) -> None:
        self._root = root
        self._rules = rules
        self._volume = volume
        self._history = history
        self._orders = orders
        self._why = why
        self._held = held
        self._attention = attention
        self._clock = clock
        self._decided = decided
        self._released = released
        self._look_again = look_again
        self._ask, self._ask_soon = asking.patiently, asking.soon
        self._accept = accept
        self._look_around = look_around
        self._turn = asyncio.Lock()

    async def answer_on(self, bus: Bus) -> None:
        await bus.answer("watcher", ASK_WHY, WhyQuestion, self.why)
        await bus.answer("watcher", ASK_WAITING, WaitingQuestion, self.waiting)
        await bus.answer("watcher", ASK_DELIVER, DeliverQuestion, self.deliver)
        await bus.answer("watcher", ASK_RETRY, RetryQuestion, self.retry)
        await bus.answer("watcher", ASK_HELD, HeldQuestion, self.held)
        await bus.answer("watcher", ASK_REHEARSE, RehearseQuestion, self.rehearse)
        await bus.answer("watcher", ASK_VOLUME, VolumeQuestion, self.volume)

    async def why(self, question: WhyQuestion) -> WhyAnswer:
        try:
            path = question.path
            if question.file_id is not None:
                known = await asyncio.to_thread(self._history.revision, question.file_id)
                path = known.path if known else None
            if path is None:
                return WhyAnswer(path="", state="unknown", why="no file with this id was ever released")
            waiting = dict(self._attention.candidates())
            return await self._ask_soon(self._why.about, path, waiting.get)
        except Unanswered as error:
            return WhyAnswer(path="", state="unknown", why=f"the volume gives no answer: {error}", what_to_do=DOCTOR)
        except RetryableError as error:
            return WhyAnswer(path="", state="unknown", why=str(error), what_to_do=DOCTOR)

    async def waiting(self, question: WaitingQuestion) -> WaitingAnswer:
        waiting = sorted(self._attention.candidates(), key=lambda one: one[1].changed_at)
        files: list[WaitingFile] = []
        room_bytes = MOST_ANSWERED_BYTES
        for path, steady in waiting[: question.limit]:
            files.append(WaitingFile(path=path, since=steady.changed_at, why=self._why.why_waiting(path, steady)))
            room_bytes -= len(path.encode())
            if room_bytes < 0:
                break
        routes = tuple(f"{name}/{route.name}" for name, show in self._rules().shows.items() for route in show.routes)
        return WaitingAnswer(total=len(waiting), files=tuple(files), routes=routes, held=await self._count_held())

    async def deliver(self, question: DeliverQuestion) -> DeliverAnswer:
        async with self._turn:
            return await self._carry_out(Order(question.path, again=question.again))

    async def retry(self, question: RetryQuestion) -> RetryAnswer:
        """One failed revision; or the next few of all that failed."""
        async with self._turn:
            try:
                wanted, after = await asyncio.to_thread(self._to_retry, question)
            except RetryableError as error:
                return RetryAnswer(results=(refused(question.file_id or "", str(error), DOCTOR),))
            results = [await self._retry(one) for one in wanted]
        if question.file_id is not None and not results:
            results = [refused("", f"no file with the id {question.file_id} was ever released")]
        return RetryAnswer(results=tuple(results), after=after)

    async def held(self, question: HeldQuestion) -> HeldAnswer:
        """A person has said what to do with the files that turned new at once."""
        async with self._turn:
            try:
                if question.leave:
                    return HeldAnswer(left=await asyncio.to_thread(self._held.leave))
                taken_up = await asyncio.to_thread(self._held.take_up)
            except RetryableError as error:
                return HeldAnswer(problem=f"{error}. {DOCTOR}")
        for path in taken_up:
            self._look_again(path)
        return HeldAnswer(taken_up=len(taken_up))

    async def _count_held(self) -> int:
        try:
            return await asyncio.to_thread(self._held.count)
        except RetryableError:
            return 0

    async def rehearse(self, question: RehearseQuestion) -> RehearseAnswer:
        try:
            rules = self._rules() if question.rules is None else load_rules(question.rules)
            folder = inside(self._volume, question.folder, self._root) if question.folder else ""
        except RulesError as error:
            return RehearseAnswer(problems=tuple(str(problem) for problem in error.problems[:MOST_PROBLEMS]))
        except NoPlace as error:
            return RehearseAnswer(problems=(str(error),))
        try:
            doubt = await self._ask_soon(self._volume.doubt)
        except Unanswered as error:
            return RehearseAnswer(problems=(f"the volume gives no answer: {error}. {DOCTOR}",))
        if doubt is not None:
            return RehearseAnswer(problems=(f"{doubt.why}. {doubt.what_to_do}",))
        return await self._ask(Rehearsal(rules, self._volume, question.after).page, folder)

    async def volume(self, _: VolumeQuestion) -> VolumeAnswer:
        """A person says that the volume is right as it is mounted now."""
        try:
            before, now = await self._ask_soon(self._accept)
        except RetryableError as error:
            return VolumeAnswer(problem=f"{error}. {DOCTOR}")
        if now is None:
            return VolumeAnswer(problem="This system does not say what is mounted, and nothing is remembered of it.")
        logger.warning("a person says that the volume is right", action="volume_accepted", before=before, now=now)
        self._look_around()
        return VolumeAnswer(was=before, now=now)

    def _to_retry(self, question: RetryQuestion) -> tuple[list[KnownRevision], str | None]:
        if question.file_id is not None:
            known = self._history.revision(question.file_id)
            return [known] if known else [], None
        failed = self._history.failed(question.after, RETRIES_AT_ONCE)
        return failed, failed[-1].file_id if len(failed) == RETRIES_AT_ONCE else None

    async def _retry(self, known: KnownRevision) -> DeliverAnswer:
        if known.state not in ("failed", "superseded"):
            return refused(known.path, f"it has not failed: it is {known.state}", file_id=known.file_id)
        return await self._carry_out(Order(known.path, only=known.file_id))

    async def _carry_out(self, order: Order) -> DeliverAnswer:
        at, now_s = self._clock.now(), self._clock.monotonic()
        waiting = dict(self._attention.candidates())
        try:
            answer, look = await self._ask(self._orders.carry_out, order, waiting.get, at)
        except RetryableError as error:
            return refused(order.given, str(error), DOCTOR)
        if answer.done and look is not None:
            self._attention.decided(answer.path, look, now_s=now_s, now_at=at)
            self._released(answer.path)
            self._decided()
        return answer
