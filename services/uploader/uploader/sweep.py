"""Edge: nothing hangs on one message. At start and every ten minutes, deliveries of which nothing was heard for long
are looked at, and taken up again where their record stands.

How far the ledger has been walked is on record in its own bucket (`sweep.cursor`), with the few deliveries before it
that are still open, so that a sweep reads what was written since the last one and no more, also after a restart.
Replicas may sweep at once: what they publish is the same, and stored once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from pydantic import ValidationError

from postflow.destination import Frozen
from postflow.errors import PostFlowError, RecordConflict
from postflow.logs import get_logger
from postflow.messages import FileExposed, FileStale, Message, about
from postflow.records import Held, Records
from uploader.books import DeliveryRecord, Ending, Stage
from uploader.carriers import Carriers
from uploader.due import Step, is_open, step
from uploader.ledger import Ledger
from uploader.rows import Row, Rows

logger = get_logger(__name__)

PERIOD_S = 600.0
QUIET_S = 900.0
"""A delivery whose record was written later than this is not looked at: somebody is at it."""

MOST_OPEN = 1000
"""Open deliveries that are remembered; the walk stops before one more."""

STRETCH = 1000
"""Rows after which it is written down how far the walk has come."""

CURSOR = "sweep.cursor"


class Cursor(Frozen):
    """
    Attributes:
        upto: every row up to this revision has been looked at.
        open: keys of those among them that had not ended.
    """

    upto: int = 0
    open: tuple[str, ...] = ()


class Sweep:
    def __init__(
        self,
        rows: Rows,
        cursors: Records[Cursor],
        ledger: Ledger,
        carriers: Carriers,
        publish: Callable[[Message], Awaitable[None]],
        *,
        stop: asyncio.Event,
        now: Callable[[], datetime],
    ) -> None:
        self._stop = stop
        self._rows = rows
        self._cursors = cursors
        self._ledger = ledger
        self._carriers = carriers
        self._publish = publish
        self._now = now

    async def __call__(self) -> None:
        """Sweep once. What cannot be done now is done by the next sweep."""
        try:
            held = await self._cursors.get(CURSOR)
            await self._carriers.refresh()
            before = held.value if held else Cursor()
            held = await self._kept(held, before.model_copy(update={"open": await self._still_open(before)}))
            while held is not None and not self._stop.is_set():
                after = await self._walked(held.value)
                held = await self._kept(held, after) if after.upto > held.value.upto else None
        except PostFlowError as error:
            logger.warning("the sweep was cut short", action="sweep_failed", why=str(error))

    async def _kept(self, held: Held[Cursor] | None, cursor: Cursor) -> Held[Cursor] | None:
        """None when another replica sweeps at the same time, and goes on."""
        if held is not None and held.value == cursor:
            return held
        try:
            if held is None:
                return await self._cursors.create(CURSOR, cursor)
            return await self._cursors.update(CURSOR, cursor, held=held)
        except RecordConflict:
            return None

    async def _walked(self, before: Cursor) -> Cursor:
        """One stretch further."""
        upto, found = before.upto, list(before.open)
        count = 0
        async for row in self._quiet_rows(before.upto):
            if row.key == CURSOR:
                continue  # our own steps lead nowhere
            if await self._is_open(row):
                if len(found) >= MOST_OPEN:
                    logger.warning("too many deliveries are open", action="sweep_full", open=len(found))
                    break
                found.append(row.key)
            upto, count = row.revision, count + 1
            if count >= STRETCH:
                break
        return Cursor(upto=upto, open=tuple(found))

    async def _still_open(self, before: Cursor) -> tuple[str, ...]:
        """Of those known to be open. One that was written since lies on the way of the walk."""
        found = []
        for key in before.open:
            row = await self._rows.get(key)
            if row is not None and row.revision <= before.upto and await self._is_open(row):
                found.append(key)
        return tuple(found)

    async def _quiet_rows(self, upto: int) -> AsyncIterator[Row]:
        newest = self._now() - timedelta(seconds=QUIET_S)
        row = await self._rows.after(upto)
        while row is not None and row.written_at <= newest:
            yield row
            row = await self._rows.after(row.revision)

    async def _is_open(self, row: Row) -> bool:
        """Look at one row, do what is due, and say whether to look at it again."""
        if row.value is None:
            await self._rows.forget(row)
            return False
        if "." in row.key:
            return False  # a place, which its holder's record tells of, or the cursor
        try:
            record = DeliveryRecord.model_validate_json(row.value)
        except ValidationError:
            logger.warning("cannot read a delivery record", action="record_unreadable", file_id=row.key)
            return False
        return is_open(record) and await self._settle(row, record)

    async def _settle(self, row: Row, record: DeliveryRecord) -> bool:
        exposed = await self._carriers.exposed(row.key, record)
        due = step(record, await self._carriers.seen(record, exposed))
        if due is Step.LOST or exposed is None:
            logger.error(
                "the message of an open delivery is not in the stream any more",
                action="delivery_lost",
                file_id=row.key,
                what_to_do="Nothing: the watcher announces the file again. If it does not, deliver it again.",
            )
            await self._ledger.free_place(row.key, record.place)
            return False
        original, message = exposed
        match due:
            case Step.TAKE_UP:
                await self._carriers.take_up(original, message, revision=row.revision)
            case Step.ASK_AGAIN:
                told = {"why": "no other address has come", "at": self._now()}
                await self._publish(FileStale.model_validate(about(message, at=self._now()) | told))
            case Step.CLOSE:
                await self._close(row, record, message)
                return False
            case _:
                return True
        logger.warning("took up a delivery again", action=due.name.lower(), file_id=row.key, path=message.path)
        return True

    async def _close(self, row: Row, record: DeliveryRecord, message: FileExposed) -> None:
        ending = await self._carriers.ending(record, message)
        if ending is None:
            return
        told = record.model_copy(update={"stage": Stage.TOLD, "ending": Ending.of(ending), "live": False})
        if await self._ledger.close(row.key, told, revision=row.revision):
            logger.warning("its end was told elsewhere", action="delivery_closed", file_id=row.key, path=message.path)
            await self._ledger.free_place(row.key, record.place)
