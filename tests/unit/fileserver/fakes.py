"""Edge: a bucket in memory that can fail at any write, as NATS can: before the write happened, or after."""

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from pydantic import BaseModel

from fileserver.exposure import Exposure, Window
from fileserver.exposures import Exposures
from fileserver.lifetime import Moment
from postflow.destination import Lane
from postflow.errors import BusUnavailable, RecordConflict
from postflow.records import Held, Records

R = TypeVar("R", bound=BaseModel)


class Disk:
    """What survives a crash.

    Attributes:
        writes_left: until one fails; None for ever.
        lost: whether the write that fails happened all the same.
    """

    def __init__(self) -> None:
        self.entries: dict[str, Held[BaseModel]] = {}
        self.writes_left: int | None = None
        self.lost = False
        self._revision = 0

    def write(self, key: str, value: BaseModel, *, expected: int) -> Held[BaseModel]:
        fails = self.writes_left == 0
        if self.writes_left is not None:
            self.writes_left -= 1
        if fails and self.lost:
            raise BusUnavailable("no answer, and nothing written")
        there = self.entries.get(key)
        if (there.revision if there else 0) != expected:
            raise RecordConflict(key)
        self._revision += 1
        self.entries[key] = Held(value, self._revision)
        if fails:
            raise BusUnavailable("no answer, and yet written")
        return self.entries[key]

    def record(self, file_id: str) -> Exposure | None:
        held = self.entries.get(file_id)
        return cast(Exposure, held.value) if held else None

    def holders(self, lane: Lane = Lane.SMALL) -> tuple[str, ...]:
        held = self.entries.get(f"window.{lane.value}")
        return cast(Window, held.value).holders if held else ()


class FakeRecords(Generic[R]):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    async def get(self, key: str) -> Held[R] | None:
        return cast("Held[R] | None", self._disk.entries.get(key))

    async def create(self, key: str, value: R) -> Held[R]:
        return cast("Held[R]", self._disk.write(key, value, expected=0))

    async def update(self, key: str, value: R, *, held: Held[R]) -> Held[R]:
        return cast("Held[R]", self._disk.write(key, value, expected=held.revision))


def ledger_on(disk: Disk, clock: Callable[[], Moment], limit: int = 1) -> Exposures:
    records, windows = FakeRecords[Exposure](disk), FakeRecords[Window](disk)
    return Exposures(
        cast("Records[Exposure]", records), cast("Records[Window]", windows), {lane: limit for lane in Lane}, clock
    )
