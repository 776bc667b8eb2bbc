"""Edge: the ledger of exposures, in the bucket `exposures`, and the window of those that are open.

Keys: `<file_id>` is the record of that file's latest exposure, `window.<lane>` the file_ids that hold a place. Only
this service writes them, and only by compare-and-set.

Order of writes, so that a crash at any line is made good:
    opening   window, record (open), memory, publish `exposed`, record (announced), ack
    ending    memory, record (revoked or expired), window, ack
    losing    record (revoked), memory, window: of an address that leads nowhere, so nobody is kept waiting for its end
So whatever is open holds a place, and whoever holds a place without being open is between two of these lines: `load`
and `sweep` free it. Whatever is open and not announced, `expose` publishes again: its message may be behind the window.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime

from prometheus_client import Gauge

from fileserver.changing import changed
from fileserver.exposure import EXPIRED, Exposure, State, Window, ended, expired, lost, with_evidence
from fileserver.lifetime import Moment, lives_until_s
from fileserver.live import Live
from postflow.destination import Lane
from postflow.errors import NotYet, RetryableError
from postflow.logs import get_logger
from postflow.messages import RoutedMessage
from postflow.records import Records

logger = get_logger(__name__)

BUCKET = "exposures"

REMEMBERED = 1000
"""Ended exposures whose file is still known by their address, for the log's sake."""

PLACES = Gauge("postflow_fileserver_places_taken", "Places of the window that are taken", ["lane"])


class Exposures:
    """Every method that changes something raises BusUnavailable; done again, it ends the same."""

    def __init__(
        self,
        records: Records[Exposure],
        windows: Records[Window],
        limits: Mapping[Lane, int],
        clock: Callable[[], Moment],
    ) -> None:
        self._records = records
        self._windows = windows
        self._limits = limits
        self._clock = clock
        self._holders: dict[Lane, tuple[str, ...]] = {lane: () for lane in Lane}
        self._live: dict[str, Live] = {}
        self._by_file: dict[str, Live] = {}
        self._gone: OrderedDict[str, Live] = OrderedDict()
        self._unwritten: dict[str, Live] = {}
        self._one_at_a_time = asyncio.Lock()
        self._freed = asyncio.Condition()

    async def load(self) -> None:
        """Take up what was open when the process before this one ended."""
        for lane in Lane:
            held = await self._windows.get(_window_key(lane))
            self._holders[lane] = held.value.holders if held else ()
        await self._reconcile()

    def find(self, exposure_id: str) -> Live | None:
        return self._live.get(exposure_id)

    def ended_lately(self, exposure_id: str) -> Live | None:
        return self._gone.get(exposure_id)

    def open_ones(self) -> list[Live]:
        return list(self._live.values())

    async def get(self, file_id: str) -> Exposure | None:
        """The record of a file, with what was seen since it was written."""
        if (live := self._by_file.get(file_id)) is not None:
            return live.record
        held = await self._records.get(file_id)
        if held is None:
            return None
        gone = self._gone.get(held.value.exposure_id)
        return (with_evidence(held.value, gone.record) if gone else None) or held.value

    async def room(self, lane: Lane) -> None:
        """Wait until a place is free."""
        async with self._freed:
            await self._freed.wait_for(lambda: len(self._holders[lane]) < self._limits[lane])

    async def open(self, wanted: Exposure, still: Callable[[Exposure | None], bool]) -> bool:
        """Take a place and open.

        Args:
            still: whether the record that is there then lets this exposure be opened.

        Raises:
            NotYet: every place is taken.
        """
        file_id = wanted.file_id
        async with self._one_at_a_time:
            await self._take_place(wanted)
            there = await changed(self._records, file_id, lambda there: wanted if still(there) else None)
            self._follow(file_id, there)
            await self._free_places(file_id, there)
        return there is not None and there.exposure_id == wanted.exposure_id

    def take_up(self, there: Exposure) -> None:
        """Know an open record that this process may have written without hearing that it did."""
        self._follow(there.file_id, there)

    async def refuse(self, refused: Exposure, still: Callable[[Exposure | None], bool]) -> bool:
        """Write down that nothing is opened; a place that the file held is free."""
        return refused == await self._ended(refused.file_id, lambda there: refused if still(there) else None)

    async def end(self, message: RoutedMessage, at: datetime) -> None:
        """End what the message ends. The address is dead before anything is written."""
        live = self._by_file.get(message.file_id)
        if live is not None and ended(live.record, message, at) is not None:
            self._close(live, why=message.state)
        await self._ended(message.file_id, lambda there: ended(there, message, at))

    async def lose(self, live: Live) -> None:
        """Close an address that leads nowhere any more. If NATS does not answer it stays open, to be tried again."""
        await self._ended(live.record.file_id, lambda there: lost(there, live.record))

    async def note(self, live: Live) -> None:
        """Write down what was seen of a fetch. Without NATS it is kept, and written by a later `sweep`."""
        record = live.record
        try:
            await changed(self._records, record.file_id, lambda there: with_evidence(there, live.record))
        except RetryableError as error:
            self._unwritten[record.exposure_id] = live
            logger.warning("cannot write what was sent", action="note_failed", file_id=record.file_id, why=str(error))
        else:
            self._unwritten.pop(record.exposure_id, None)

    async def sweep(self) -> None:
        """Expire what is due, free places that nobody uses, write what could not be written."""
        now = self._clock()
        for live in self.open_ones():
            if live.has_expired(now):
                self._close(live, why=EXPIRED)
        for live in list(self._unwritten.values()):
            await self.note(live)
        await self._reconcile()

    async def _reconcile(self) -> None:
        for lane in Lane:
            for file_id in self._holders[lane]:
                async with self._one_at_a_time:
                    if file_id not in self._by_file:
                        await self._settle_place(file_id)

    async def _settle_place(self, file_id: str) -> None:
        """Find out why somebody holds a place and is not known to be open."""

        def due(there: Exposure | None) -> Exposure | None:
            return expired(there, there.exposure_id) if there is not None and self._is_due(there) else None

        there = await changed(self._records, file_id, due)
        if there is not None and there.state is State.OPEN:
            self.take_up(there)
        await self._free_places(file_id, there)

    def _is_due(self, there: Exposure) -> bool:
        gone = self._gone.get(there.exposure_id)
        return there.expires_at <= self._clock().at or (gone is not None and gone.over_why == EXPIRED)

    async def _ended(self, file_id: str, change: Callable[[Exposure | None], Exposure | None]) -> Exposure | None:
        async with self._one_at_a_time:
            there = await changed(self._records, file_id, change)
            self._follow(file_id, there)
            await self._free_places(file_id, there)
        return there

    def _follow(self, file_id: str, there: Exposure | None) -> None:
        """Make memory say what the ledger says; but what ended here stays ended, though the ledger did not hear of
        it: the message that ended it comes again."""
        is_open = there is not None and there.state is State.OPEN and there.exposure_id not in self._gone
        live = self._by_file.get(file_id)
        if live is not None and (there is None or not is_open or there.exposure_id != live.record.exposure_id):
            self._close(live, why=(there.ended_why if there else None) or "replaced")
        if there is not None and is_open and there.exposure_id not in self._live:
            self._live[there.exposure_id] = self._by_file[file_id] = Live(there, lives_until_s(there, self._clock()))

    def _close(self, live: Live, *, why: str) -> None:
        record = live.record
        self._live.pop(record.exposure_id, None)
        self._by_file.pop(record.file_id, None)
        self._gone[record.exposure_id] = live
        while len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)
        live.end(why)
        said = "address closed" if record.first_get_at else "address closed, and nobody came"
        logger.info(said, action="exposure_ended", file_id=record.file_id, path=record.path, why=why)

    async def _take_place(self, wanted: Exposure) -> None:
        limit = self._limits[wanted.lane]

        def taken(there: Window | None) -> Window | None:
            holders = there.holders if there else ()
            if wanted.file_id in holders:
                return None
            if len(holders) >= limit:
                raise NotYet(f"all {limit} places of the lane {wanted.lane} are taken", 5.0)
            return Window(holders=(*holders, wanted.file_id))

        await self._change_window(wanted.lane, taken)

    async def _free_places(self, file_id: str, there: Exposure | None) -> None:
        for lane, holders in self._holders.items():
            keeps = there is not None and there.state is State.OPEN and there.lane is lane
            if file_id in holders and not keeps:
                await self._change_window(lane, lambda window: _without(window, file_id))

    async def _change_window(self, lane: Lane, change: Callable[[Window | None], Window | None]) -> None:
        window = await changed(self._windows, _window_key(lane), change)
        self._holders[lane] = window.holders if window else ()
        PLACES.labels(lane.value).set(len(self._holders[lane]))
        async with self._freed:
            self._freed.notify_all()


def _window_key(lane: Lane) -> str:
    return f"window.{lane.value}"


def _without(window: Window | None, file_id: str) -> Window | None:
    if window is None or file_id not in window.holders:
        return None
    return Window(holders=tuple(holder for holder in window.holders if holder != file_id))
