"""A fileserver's ledger and its handlers, over a disk that fails when it is told to."""

from datetime import datetime, timedelta

from fileserver import losses
from fileserver.expose import Addresses, Expose
from fileserver.exposure import State
from fileserver.exposures import Exposures
from fileserver.film import Film
from fileserver.lifetime import Moment
from fileserver.revoke import revoking
from fileserver.rotating import Keys
from fileserver.signing import Key, Keyring
from fileserver.tunnel.none import FixedName
from postflow.messages import FileExposed, FileReady, FileStale, Message, RoutedMessage
from postflow.reading import Delivery
from tests.examples import AT, about_file, ready
from tests.unit.fileserver.fakes import Disk, ledger_on

STALE = FileStale.model_validate(about_file(exposure=1, why="nobody came"))


class Process:
    """One life of the fileserver over a ledger that outlives it."""

    def __init__(self, disk: Disk, limit: int = 1, name: str = "https://film.example") -> None:
        self.told: list[FileExposed] = []
        self.at, self.monotonic_s = AT, 1000.0
        self.ledger: Exposures = ledger_on(disk, self._clock, limit)
        self.name = FixedName(name)
        addresses = Addresses(Keys(Keyring((Key("k", bytes(32)),))), self.name, None, 3600)
        self._expose = Expose(self.ledger, self._look, self._publish, addresses, self.now, filespace="local")
        self._revoke = revoking(self.ledger, self.now, self._expose, lambda: False)

    def now(self) -> datetime:
        return self.at

    def passes(self, time: timedelta, *, set_by: timedelta = timedelta()) -> None:
        """So much time, and so far is the clock set meanwhile."""
        self.at += time + set_by
        self.monotonic_s += time.total_seconds()

    def _clock(self) -> Moment:
        return Moment(self.at, self.monotonic_s)

    async def start(self) -> None:
        await self.ledger.load()

    async def read(self, message: RoutedMessage, *, defects: int = 0) -> None:
        """Every durable that would."""
        delivery = Delivery(message, 1, 1, defects)
        if not isinstance(message, FileReady):
            await self._revoke(delivery)
        if isinstance(message, FileReady | FileStale):
            await self._expose(delivery)

    async def look_at_tunnel(self) -> None:
        await losses.let_go(self.ledger, self.name, self.at)

    async def sweep(self) -> None:
        await self.ledger.sweep()
        await self._expose.announce_forgotten()

    async def _look(self, film: Film) -> None:
        assert film.revision == Film.of(ready()).revision

    async def _publish(self, message: Message) -> None:
        assert isinstance(message, FileExposed)
        self.told.append(message)


def check_law(disk: Disk, process: Process) -> None:
    """Whatever is open holds a place, is known to this process and was announced; nobody else holds one."""
    record = disk.record(ready().file_id)
    assert record is not None
    is_open = record.state is State.OPEN
    assert disk.holders() == ((record.file_id,) if is_open else ())
    assert (process.ledger.find(record.exposure_id) is not None) == is_open
    assert record.announced or not is_open
