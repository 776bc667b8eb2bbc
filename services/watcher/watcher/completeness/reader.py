"""Pure: how a container is read: in small pieces, and never more of it than the budget allows."""

from typing import Protocol

BUDGET_BYTES = 128 * 1024
"""For one verdict. On a filespace each block that is touched has to be fetched first."""


class Reader(Protocol):
    @property
    def size_bytes(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes:
        """Fewer bytes than asked for where the file has ended."""
        ...


class OutOfBudget(Exception):
    """What would have to be read is more than is allowed."""


class CutOff(Exception):
    """The file ends before what was to be read."""


class Budgeted:
    """Reads exactly what is asked for, as long as the budget lasts."""

    def __init__(self, reader: Reader, budget_bytes: int = BUDGET_BYTES) -> None:
        self._reader = reader
        self._left_bytes = budget_bytes
        self.size_bytes = reader.size_bytes

    def exactly(self, offset: int, length: int) -> bytes:
        """Raises OutOfBudget, CutOff."""
        if offset < 0 or length < 0 or offset + length > self.size_bytes:
            raise CutOff
        if length > self._left_bytes:
            raise OutOfBudget
        self._left_bytes -= length
        found = self._reader.read(offset, length)
        if len(found) != length:
            raise CutOff
        return found

    def number(self, offset: int, length: int) -> int:
        """Big-endian. Raises OutOfBudget, CutOff."""
        return int.from_bytes(self.exactly(offset, length), "big")

    def up_to(self, offset: int, length: int) -> bytes:
        """As much of it as the file has. Raises OutOfBudget, CutOff."""
        return self.exactly(offset, max(min(length, self.size_bytes - offset), 0))
