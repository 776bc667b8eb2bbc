"""Pure: files that were known and turn new in great number are held until a person has said what to do with them.

Known is what was delivered, or left alone because it was there before. It turns new with another size or date, and when
its name and size appear under another path. One by one that is work. Many at once it is hardly ever: somebody has
touched a whole tree, or copied it, or the volume was mounted anew and gives other dates. Within `WINDOW` of one another

- `FEW` are free as they come, and stay so however long something else keeps them;
- those after them wait for as long as it takes to see how many there are;
- if there are more than `MOST` it is a mass: whatever waits is held, and so is whatever turns new until that has ceased
  for as long as `WINDOW`.

Time is an argument.
"""

from datetime import datetime, timedelta
from enum import Enum

WINDOW = timedelta(seconds=60)
FEW = 10
MOST = 50
REMEMBERED = timedelta(hours=1)


class Flow(Enum):
    FREE = "to be released"
    WAIT = "to be asked about again"
    HOLD = "to be held until a person has said what to do"


class Fuse:
    """Asked by one thread at a time; `crowd` by any.

    Args:
        mass_at: when a mass was underway, as far as anybody remembers.

    Attributes:
        masses: how many began.
    """

    def __init__(self, mass_at: datetime | None = None) -> None:
        self._turned: dict[str, datetime] = {}
        self._waits_since: dict[str, datetime] = {}
        self._freed: dict[tuple[str, datetime], datetime] = {}
        self._mass = (mass_at, mass_at) if mass_at is not None else None
        self.masses = 0

    def turns(self, path: str, turned_at: datetime, now: datetime) -> Flow:
        """A known file is about to be released as another revision. Asked again about the same one, it is not another.

        Args:
            turned_at: when it was seen to be another one.
        """
        self._forget(now)
        if (path, turned_at) in self._freed:
            # Something else keeps it, and it had its answer.
            self._freed[path, turned_at] = now
            return Flow.FREE
        if not self._is_of_the_mass(turned_at):
            self._turned[path] = turned_at
            near = [at for at in self._turned.values() if abs(at - turned_at) <= WINDOW]
            if len(near) <= MOST:
                return self._flow(path, turned_at, len(near), now)
            self._mass = min(near), max(near)
            self.masses += 1
        self._extend_the_mass(turned_at)
        self._waits_since.pop(path, None)
        return Flow.HOLD

    def crowd(self, path: str) -> int:
        """How many turned new together with one that waits, itself among them; 0 if it does not."""
        turned_at = self._turned.get(path)
        if turned_at is None or path not in self._waits_since:
            return 0
        return sum(abs(at - turned_at) <= WINDOW for at in list(self._turned.values()))

    def _flow(self, path: str, turned_at: datetime, near: int, now: datetime) -> Flow:
        waits_first = near > FEW or path in self._waits_since
        if waits_first and abs(now - self._waits_since.setdefault(path, now)) < WINDOW:
            return Flow.WAIT
        self._waits_since.pop(path, None)
        self._freed[path, turned_at] = now
        return Flow.FREE

    def _is_of_the_mass(self, turned_at: datetime) -> bool:
        return self._mass is not None and self._mass[0] - WINDOW <= turned_at <= self._mass[1] + WINDOW

    def _extend_the_mass(self, turned_at: datetime) -> None:
        first, last = self._mass or (turned_at, turned_at)
        self._mass = min(first, turned_at), max(last, turned_at)

    def _forget(self, now: datetime) -> None:
        for times in (self._turned, self._waits_since):
            for path in [path for path, at in times.items() if abs(now - at) > REMEMBERED]:
                del times[path]
        for key in [key for key, at in self._freed.items() if abs(now - at) > REMEMBERED]:
            del self._freed[key]
