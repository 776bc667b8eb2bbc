"""Edge: what an operator has paused, as a service sees it: read again every few seconds, never watched."""

from collections.abc import Callable

from postflow.bus import Bus
from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.pauses import BUCKET, KEY, Pauses
from postflow.records import Records

logger = get_logger(__name__)

LOOK_S = 2.0


class Pausing:
    """
    Attributes:
        pauses: as they were when NATS answered last.
    """

    def __init__(self, records: Records[Pauses]) -> None:
        self._records = records
        self._changed: Callable[[], None] = lambda: None
        self.pauses = Pauses()

    @classmethod
    async def begun(cls, bus: Bus) -> "Pausing":
        """Raises BusUnavailable: nobody may go on before he knows."""
        made = cls(await bus.records(BUCKET, Pauses))
        await made._read()
        return made

    def when_changed(self, tell: Callable[[], None]) -> None:
        self._changed = tell

    async def look(self) -> None:
        try:
            await self._read()
        except RetryableError as error:
            logger.debug("goes by what was paused before", action="pauses_unread", why=str(error))

    async def _read(self) -> None:
        held = await self._records.get(KEY)
        pauses = held.value if held else Pauses()
        if pauses != self.pauses:
            self.pauses = pauses
            logger.info("paused" if pauses.all else "resumed", action="pauses", pauses=[str(one) for one in pauses.all])
            self._changed()
