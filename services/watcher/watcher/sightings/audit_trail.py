"""Edge: LucidLink's audit trail, as a hint to look earlier at what any machine writes.

It is there only if the studio keeps one and this user may read it. It comes late, or not at all, and proves nothing:
whatever is wrong with it, the scan goes on. What was heard is looked at twice, as a name may come before its file.

Order of writes: hints first, and how far was read afterwards, once a minute: after a crash some are given again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from postflow.checks import Check
from postflow.errors import RecordConflict, RetryableError
from postflow.logs import get_logger
from postflow.records import Held
from postflow.waiting import Stopped, unless, until_set
from watcher.asking import Ask
from watcher.clock import Clock, wall_ns
from watcher.sightings.audit_cursors import Node, NodeRecord
from watcher.sightings.audit_logs import AuditLogs, Heard, Volume, month_name
from watcher.sightings.audit_places import near_to
from watcher.volume import Unanswered

logger = get_logger(__name__)

ROUND_S = 5.0
REST_S = 0.2
"""When there is more to be read."""
ALL_EVERY = 12
"""Rounds: in the others only those machines are looked at that are writing a log."""
SAVE_S = 60.0
MOST_AGAIN = 5000

BUCKET = "cursors"
BEGUN = "_begun"
"""Key of the record that says that logs were read from before."""
MISSING = "no audit trail is kept, or this user is not shown it"


class Cursors(Protocol):
    """Every call raises BusUnavailable."""

    async def get(self, key: str) -> Held[NodeRecord] | None: ...

    async def create(self, key: str, value: NodeRecord) -> Held[NodeRecord]: ...

    async def update(self, key: str, value: NodeRecord, *, held: Held[NodeRecord]) -> Held[NodeRecord]: ...


class AuditTrail:
    """
    Args:
        hint: takes the path of what may have changed.
        look_around: called when more may have changed than one path.
        wrote: takes a path and who wrote it last.
        tops: the watch folders that are there, as the volume spells them.
        is_expected: whether a person may wonder that there is none.
    """

    def __init__(
        self,
        volume: Volume,
        clock: Clock,
        hint: Callable[[str], None],
        look_around: Callable[[], None],
        *,
        wrote: Callable[[str, str], None],
        tops: Callable[[], Mapping[str, str]],
        is_expected: Callable[[], bool],
        ask: Ask,
    ) -> None:
        self._volume = volume
        self._logs = AuditLogs(volume)
        self._clock = clock
        self._tops = tops
        self._hint = hint
        self._look_around = look_around
        self._wrote = wrote
        self._is_expected = is_expected
        self._ask = ask
        self._cursors: Cursors | None = None
        self._held: dict[str, Held[NodeRecord]] = {}
        self._nodes: dict[str, Node] = {}
        self._writing: set[str] = set()
        self._pending: list[str] = []
        self._again: list[str] = []
        self._rounds = 0
        self._is_for_all = False
        self._from_end: bool | None = None
        self._saved_s = clock.monotonic()
        self._state = ""

    def remember_in(self, cursors: Cursors) -> None:
        """Have a process after this one go on where it ended; else all there is is read again."""
        self._cursors = cursors

    async def run(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                has_more = await unless(stop, self._round())
                await until_set(stop, REST_S if has_more else ROUND_S)
        except Stopped:
            return  # a thread is still reading, and what it writes down is not whole
        await self._save()

    def check(self) -> Check:
        """For people; never a reason not to be ready. Empty when nobody expects an audit trail."""
        return Check(True, "" if self._state == MISSING and not self._is_expected() else self._state)

    async def _round(self) -> bool:
        try:
            return await self.hear()
        except RetryableError as error:
            logger.debug("the audit trail is read later", action="audit_later", why=str(error))
        except Exception as error:
            # A defect in what only hints must not end the watch.
            logger.error("reading the audit trail broke", action="broken", exc_info=error)
        return False

    async def hear(self) -> bool:
        """Read what is new and hint at it; whether there is more. Raises RetryableError."""
        again: list[str] = []
        if not self._pending:
            again, self._again = self._again, []
            if not await self._begin_round():
                return False
        await self._load()
        heard = await self._ask(self._read)
        if heard.garbled:
            logger.debug("lines that cannot be understood", action="audit_garbled", lines=heard.garbled)
        for path, writer in heard.writers.items():
            self._wrote(path, writer)
        self._again = [*self._again, *heard.places][-MOST_AGAIN:]
        await self._give_hints(dict.fromkeys((*again, *heard.places)))
        if not self._pending and (self._from_end or self._clock.monotonic() >= self._saved_s + SAVE_S):
            await self._save()
        return bool(self._pending)

    async def _begin_round(self) -> bool:
        """Whether there is an audit trail."""
        self._is_for_all = self._rounds % ALL_EVERY == 0
        self._rounds += 1
        if not self._is_for_all:
            self._pending = sorted(self._writing)
            return bool(self._nodes)
        try:
            nodes = await self._ask(self._logs.nodes)
        except Unanswered as error:
            self._tell(f"the audit trail cannot be read: {error}")
            return False
        self._tell(MISSING if nodes is None else f"the audit trail is heard, machines: {len(nodes):,}")
        self._pending = nodes or []
        return nodes is not None

    def _tell(self, state: str) -> None:
        if state != self._state:
            logger.info(state, action="audit_trail")
        self._state = state

    async def _load(self) -> None:
        """What was read of the pending before this process."""
        if self._from_end is None:
            self._from_end = self._cursors is not None and await self._cursors.get(BEGUN) is None
        for node in self._pending:
            if node not in self._nodes:
                held = await self._cursors.get(node) if self._cursors is not None else None
                self._nodes[node] = Node(held.value if held else None)
                self._held |= {node: held} if held else {}

    def _read(self) -> Heard:
        """Of those that are pending, as many as there is room for."""
        heard, now = Heard(), self._clock.now()
        months = [_month(now), _month(now.replace(day=1) - timedelta(days=1))]
        while self._pending and heard.left_bytes > 0:
            node = self._pending[0]
            self._nodes[node].keep_only([month_name(*month) for month in months])
            with suppress(Unanswered):
                self._read_one(node, months if self._is_for_all else months[:1], heard)
            if heard.left_bytes > 0:
                self._pending.pop(0)
        return heard

    def _read_one(self, node: str, months: Sequence[tuple[int, int]], into: Heard) -> None:
        cursors, now_ns = self._nodes[node], wall_ns(self._clock)
        changes, trail_reads = into.changes, into.trail_reads
        writes = self._logs.read(
            node, cursors, months, into, now_ns=now_ns, from_end=bool(self._from_end), is_brief=not self._is_for_all
        )
        if into.changes == changes and into.trail_reads > trail_reads:
            # Very likely ourselves: whoever reads his own log at once writes into it by that.
            self._writing.discard(node)
        elif writes:
            self._writing.add(node)
        elif self._is_for_all:
            self._writing.discard(node)

    async def _give_hints(self, places: Iterable[str]) -> None:
        near, is_around = await self._ask(near_to, list(places), list(self._tops().values()), self._volume)
        for path in near:
            self._hint(path)
        if is_around:
            self._look_around()

    async def _save(self) -> None:
        """What cannot be kept now is kept later."""
        self._saved_s = self._clock.monotonic()
        if self._cursors is None:
            return
        try:
            for name, node in self._nodes.items():
                if node.is_changed:
                    await self._keep(self._cursors, name, node)
            if self._from_end:
                with suppress(RecordConflict):
                    await self._cursors.create(BEGUN, NodeRecord())
                self._from_end = False
        except RetryableError as error:
            logger.debug("how far the audit trail was read is kept later", action="audit_unsaved", why=str(error))

    async def _keep(self, cursors: Cursors, name: str, node: Node) -> None:
        held, record = self._held.get(name), node.record()
        try:
            if held is None:
                self._held[name] = await cursors.create(name, record)
            else:
                self._held[name] = await cursors.update(name, record, held=held)
        except RecordConflict:
            # A write of ours whose answer was lost.
            found = await cursors.get(name)
            self._held |= {name: found} if found else {}
        node.saved()


def _month(moment: datetime) -> tuple[int, int]:
    return moment.year, moment.month
