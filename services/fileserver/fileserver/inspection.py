"""Edge: looks at a file before it is exposed: why not, if it cannot be."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from fileserver.film import Film
from fileserver.films import OtherRevision
from fileserver.looking import PatientLooks
from fileserver.troubles import DiskTrouble, FileGone, NotReadable, VolumeAway
from postflow.errors import NotYet, RetryableError
from postflow.messages import Refusal, RoutedMessage
from postflow.settlement import backoff_s

VOLUME_WAIT_S = 15.0

MOST_TROUBLED = 1000
"""Files whose troubles are counted."""

MOST_LOOKS = 5
"""At a file that the mount fails to give. After them, about 15 s later, a person hears of it; about nine minutes later
where the mount gives no answer at all."""

FILE_GONE = Refusal(
    code="FILE_GONE",
    why="the file is not on the volume any more",
    what_to_do="Put it back, or let it be: a file that is elsewhere now is announced from there.",
)
REVISION_CHANGED = Refusal(
    code="REVISION_CHANGED",
    why="the file changed after it was announced",
    what_to_do="Nothing: its newer revision is announced by itself.",
)


class Inspection:
    """Counts in memory how often the mount failed to give a file: waits for the volume or the tunnel are no such.

    Args:
        look: raises as `Films.look`.
    """

    def __init__(self, look: Callable[[Film], Awaitable[None]]) -> None:
        self._looks = PatientLooks(look)
        self._troubles: OrderedDict[tuple[str, int], int] = OrderedDict()

    async def refusal(self, message: RoutedMessage) -> Refusal | None:
        """Why this revision cannot be exposed, or None.

        Raises:
            NotYet: the volume is away, or gives no answer so far.
            RetryableError: the mount failed; it may give the file next time.
        """
        refusal: Refusal | None = None
        try:
            await self._looks.of(message)
        except VolumeAway as error:
            raise NotYet(f"the volume is away: {error}", VOLUME_WAIT_S) from error
        except FileGone:
            return FILE_GONE
        except NotReadable as error:
            return _not_readable(error, "Make it a plain file that the fileserver's user may read")
        except DiskTrouble as error:
            if (times := self._troubled(message)) < MOST_LOOKS:
                raise RetryableError(f"the volume: {error}", backoff_s(times)) from error
            return _not_readable(error, "Check the mount and its log")
        except OtherRevision:
            refusal = REVISION_CHANGED
        self._troubles.pop((message.file_id, message.attempt), None)
        return refusal

    def _troubled(self, message: RoutedMessage) -> int:
        """How often, this time included."""
        key = message.file_id, message.attempt
        self._troubles[key] = count = self._troubles.pop(key, 0) + 1
        while len(self._troubles) > MOST_TROUBLED:
            self._troubles.popitem(last=False)
        return count


def _not_readable(why: Exception, first: str) -> Refusal:
    return Refusal(
        code="NOT_READABLE", why=f"the file cannot be read: {why}", what_to_do=f"{first}, then deliver it again."
    )
