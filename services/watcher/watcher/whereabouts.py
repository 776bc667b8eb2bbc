"""Edge: where a revision that was released is now: `ask.watcher.whereabouts`.

It was moved if its path is certainly empty and the same size and date are found elsewhere: under the same name, as
`watcher.release` has it, or as the same inode under another name. Other moves are not told from deletions.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Protocol

from postflow import identity
from postflow.desk import KnownRevision
from postflow.errors import RetryableError
from postflow.questions import Whereabouts, WhereaboutsAnswer, WhereaboutsQuestion
from watcher.asking import Ask
from watcher.guard.shown import Doubt
from watcher.records import RevisionState
from watcher.selection import Kind
from watcher.stability import Look, Steadiness
from watcher.volume import Sight, Unanswered

WALKS = 2
"""Over the names until what is gone stays gone: the one underway may have passed the place where it is now."""

MOST_GONE = 1000
"""Revisions whose absence is remembered; one beyond them is settled some seconds later."""

UNKNOWN = WhereaboutsAnswer(state=Whereabouts.UNKNOWN)
NO_ANSWER = WhereaboutsAnswer(state=Whereabouts.UNKNOWN, settled=False)

Followed = Iterable[tuple[str, Steadiness]]


class History(Protocol):
    """Every call raises LedgerUnavailable."""

    def released(self, file_id: str) -> tuple[str, Look] | None: ...

    def alike(self, look: Look) -> list[tuple[str, int]]: ...

    def revision(self, file_id: str) -> KnownRevision | None: ...


class Volume(Protocol):
    def look(self, path: str) -> Sight | None: ...

    def is_gone(self, path: str) -> bool: ...

    def doubt(self) -> Doubt | None: ...


class Finder:
    """
    Args:
        candidates: files that wait for their quiet time.
        walks: how many walks over all names have come to their end.
    """

    def __init__(
        self,
        history: History,
        volume: Volume,
        candidates: Callable[[], Followed],
        walks: Callable[[], int],
        *,
        filespace: str,
        ask: Ask,
    ) -> None:
        self._history = history
        self._volume = volume
        self._candidates = candidates
        self._walks = walks
        self._filespace = filespace
        self._ask = ask
        self._gone: OrderedDict[str, int] = OrderedDict()

    async def answer(self, question: WhereaboutsQuestion) -> WhereaboutsAnswer:
        walks, followed = self._walks(), [(path, steady.look) for path, steady in self._candidates()]
        try:
            found = await self._ask(self._find, question.file_id, followed)
        except RetryableError:
            return NO_ANSWER
        if found.state is not Whereabouts.GONE:
            self._gone.pop(question.file_id, None)
            return found
        return found.model_copy(update={"settled": walks - self._gone_since(question.file_id, walks) >= WALKS})

    def _gone_since(self, file_id: str, walks: int) -> int:
        """How many walks had ended when it was gone first."""
        since = self._gone.setdefault(file_id, walks)
        while len(self._gone) > MOST_GONE:
            self._gone.popitem(last=False)
        return since

    def _find(self, file_id: str, followed: list[tuple[str, Look]]) -> WhereaboutsAnswer:
        """Raises LedgerUnavailable or Unanswered."""
        released = self._history.released(file_id)
        if released is None:
            return UNKNOWN
        path, look = released
        sight = self._volume.look(path)
        if sight is not None and _shows(sight, look):
            return WhereaboutsAnswer(state=Whereabouts.HERE)
        if sight is not None:
            return NO_ANSWER if self._volume.doubt() else WhereaboutsAnswer(state=Whereabouts.CHANGED)
        if not self._volume.is_gone(path):
            return NO_ANSWER
        moved_to = self._moved_to(path, look, followed)
        if moved_to is not None:
            underway = self._is_underway(moved_to, look)
            return WhereaboutsAnswer(state=Whereabouts.MOVED, path=moved_to, underway=underway)
        return WhereaboutsAnswer(state=Whereabouts.GONE)

    def _moved_to(self, path: str, look: Look, followed: list[tuple[str, Look]]) -> str | None:
        waiting = [(there, seen.inode) for there, seen in followed if seen.is_revision(look.size_bytes, look.mtime_ns)]
        alike = dict(self._history.alike(look)) | dict(waiting)
        alike.pop(path, None)
        same_name = [there for there in alike if _name(there) == _name(path)]
        same_inode = [there for there, inode in alike.items() if inode == look.inode != 0 and there not in same_name]
        for there in (*same_name, *same_inode):
            if self._is_at(there, look):
                return there
        return None

    def _is_underway(self, path: str, look: Look) -> bool:
        revision = self._history.revision(identity.file_id(self._filespace, path, look.size_bytes, look.mtime_ns))
        return revision is not None and revision.state in (RevisionState.RELEASING, RevisionState.READY)

    def _is_at(self, path: str, look: Look) -> bool:
        try:
            sight = self._volume.look(path)
        except Unanswered:
            return False
        return sight is not None and _shows(sight, look)


def _shows(sight: Sight, look: Look) -> bool:
    return sight.kind is Kind.FILE and sight.look.is_revision(look.size_bytes, look.mtime_ns)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
