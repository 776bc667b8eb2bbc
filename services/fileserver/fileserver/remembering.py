"""Edge: NATS remembers how far the access log has come, so that its end cannot be cut off without anybody seeing it.

In the bucket `exposures`, key `access-log`. The log is on one disk and this on another, in the care of another service.
"""

from collections.abc import Callable

from postflow.chain import Link
from postflow.errors import RecordConflict, RetryableError
from postflow.logs import get_logger
from postflow.records import Held, Records

logger = get_logger(__name__)

KEY = "access-log"
REMEMBER_S = 60.0


class Remembering:
    def __init__(self, records: Records[Link]) -> None:
        self._records = records
        self._held: Held[Link] | None = None

    async def recall(self) -> Link | None:
        """Raises BusUnavailable."""
        self._held = await self._records.get(KEY)
        return self._held.value if self._held else None

    async def keep(self, last: Callable[[], Link]) -> None:
        """What cannot be kept now is kept with the next.

        Args:
            last: the link of the last line that is on disk.
        """
        link = last()
        if link.number == 0 or (self._held is not None and self._held.value.number >= link.number):
            return
        try:
            if self._held is None:
                self._held = await self._records.create(KEY, link)
            else:
                self._held = await self._records.update(KEY, link, held=self._held)
        except RecordConflict:
            self._held = None  # a write of ours whose answer was lost, or of the process before this one
            await self.recall()
        except RetryableError as error:
            logger.debug("NATS hears later how long the access log is", action="link_later", why=str(error))
