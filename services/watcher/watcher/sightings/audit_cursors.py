"""Pure: how far each log of the audit trail was read, in little room: a machine writes up to three thousand a month.

A log is known by when it begins, whether it is still written to or was rotated. No moment in time says what was read:
a machine that was away brings old logs later. Of one that was read to its end and is written to no more, only four
bytes of a hash are kept: should two meet, hints are missed, and hints prove nothing.
"""

import base64
import zlib
from array import array
from collections.abc import Collection, Mapping

from pydantic import Field

from postflow.destination import Frozen


class MonthRecord(Frozen):
    """
    Attributes:
        open: bytes read, by the beginning of the log.
        done: four bytes for each log that nothing more comes of, in base64.
    """

    open: dict[str, int] = Field(default_factory=dict)
    done: str = ""


class NodeRecord(Frozen):
    """Of one machine; months as `2026-11`."""

    months: dict[str, MonthRecord] = Field(default_factory=dict)


class Month:
    def __init__(self, record: MonthRecord | None = None) -> None:
        self._open = dict(record.open) if record else {}
        self._done = array("I", base64.b64decode(record.done)) if record else array("I")
        self.is_changed = False

    def offset(self, begin: str) -> int | None:
        """How much of it was read; None if it was never heard of."""
        return self._open.get(begin)

    def begun(self) -> list[str]:
        """Logs that more may come of."""
        return list(self._open)

    def done(self) -> frozenset[int]:
        """By `mark`: what nothing more comes of."""
        return frozenset(self._done)

    def read(self, begin: str, offset: int) -> None:
        if self._open.get(begin) != offset:
            self._open[begin] = offset
            self.is_changed = True

    def finish(self, begin: str) -> None:
        self._open.pop(begin, None)
        self._done.append(mark(begin))
        self.is_changed = True

    def keep_only(self, begins: Collection[str]) -> None:
        """The others were deleted."""
        there, marks = set(begins), {mark(begin) for begin in begins}
        kept = array("I", [done for done in self._done if done in marks])
        if len(kept) < len(self._done) or self._open.keys() - there:
            self._open = {begin: offset for begin, offset in self._open.items() if begin in there}
            self._done, self.is_changed = kept, True

    def record(self) -> MonthRecord:
        return MonthRecord(open=self._open, done=base64.b64encode(self._done.tobytes()).decode())


class Node:
    """The months of one machine that are looked at; what is older is forgotten."""

    def __init__(self, record: NodeRecord | None = None) -> None:
        months: Mapping[str, MonthRecord] = record.months if record else {}
        self._months = {name: Month(month) for name, month in months.items()}

    @property
    def is_changed(self) -> bool:
        return any(month.is_changed for month in self._months.values())

    def month(self, name: str) -> Month:
        return self._months.setdefault(name, Month())

    def keep_only(self, names: Collection[str]) -> None:
        self._months = {name: month for name, month in self._months.items() if name in names}

    def saved(self) -> None:
        for month in self._months.values():
            month.is_changed = False

    def record(self) -> NodeRecord:
        return NodeRecord(months={name: month.record() for name, month in self._months.items()})


def mark(begin: str) -> int:
    return zlib.crc32(begin.encode())
