"""Pure: what a look into a container says about whether its writer has finished it."""

from dataclasses import dataclass
from enum import StrEnum


class Closedness(StrEnum):
    COMPLETE = "complete"
    OPEN = "open"
    """The only one that holds a file back."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    Attributes:
        seen: what it rests on, as part of a sentence: "its index (moov) is missing".
    """

    closedness: Closedness
    seen: str


def complete(seen: str) -> Verdict:
    return Verdict(Closedness.COMPLETE, seen)


def still_open(seen: str) -> Verdict:
    return Verdict(Closedness.OPEN, seen)


def unknown(seen: str) -> Verdict:
    return Verdict(Closedness.UNKNOWN, seen)


def missing(count: int) -> str:
    """So many bytes, for people: the end is not there yet."""
    return f"{count:,} {'byte is' if count == 1 else 'bytes are'} missing"
