"""Pure: one state of a file, and which one was announced."""

from dataclasses import dataclass
from typing import Protocol, Self


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a file."""

    size_bytes: int
    mtime_ns: int


class Announced(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Film:
    """A file as it was announced."""

    path: str
    revision: Revision

    @classmethod
    def of(cls, announced: Announced) -> Self:
        return cls(announced.path, Revision(announced.size_bytes, announced.mtime_ns))
