"""Pure: a log whose lines hang together: each has a number and carries the hash of the line before it, so none can be
changed, taken out or put in without all that come later being others too.

What the chain itself cannot show is that its end was cut off, or that all of it was written anew: for that somebody
else has to remember one of its links.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from postflow.destination import Frozen

NUMBER, BEFORE = "n", "prev"

OLDEST = "oldest"
"""Of a line that says that older ones were deleted for their age: the number of the first that is kept."""


class Link(Frozen):
    """A line of the log: its number, from 1, and the SHA-256 of its bytes without the line's end, in hex."""

    number: int = Field(ge=0)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")


BEGINNING = Link(number=0, hash="0" * 64)
"""What the very first line hangs from."""


def sealed(fields: Mapping[str, object], after: Link) -> tuple[bytes, Link]:
    """The next line, without its end, and its link."""
    line = json.dumps({NUMBER: after.number + 1, BEFORE: after.hash} | dict(fields), separators=(",", ":")).encode()
    return line, Link(number=after.number + 1, hash=hash_of(line))


def hash_of(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as it was read.

    Attributes:
        before: the hash that it carries of the line before it.
        oldest: where the log begins from now on, if the line says that something was deleted.
    """

    link: Link
    before: str
    oldest: int | None = None


def read(line: bytes) -> Entry | None:
    """None if it is no line of such a log."""
    try:
        told = json.loads(line)
        number, before, oldest = told[NUMBER], told[BEFORE], told.get(OLDEST)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(number, int) or number < 1 or not isinstance(before, str):
        return None
    return Entry(Link(number=number, hash=hash_of(line)), before, oldest if isinstance(oldest, int) else None)


class Checking:
    """Takes the lines of a log in their order and says of each whether it hangs from the one before it.

    Attributes:
        first, last: of the lines that were taken.
        lines: how many.
    """

    def __init__(self, remembered: Link | None = None) -> None:
        """
        Args:
            remembered: a line as somebody else knows it.
        """
        self._remembered = remembered
        self.first: Link | None = None
        self.last: Link | None = None
        self.lines = 0
        self._begins_at = 1

    def take(self, line: bytes) -> str | None:
        """What is wrong with it; None if nothing is."""
        self.lines += 1
        entry = read(line)
        if entry is None:
            return "it is no line of an access log"
        wrong = self._wrong(entry)
        self.first, self.last = self.first or entry.link, entry.link
        self._begins_at = entry.oldest or self._begins_at
        return wrong

    def _wrong(self, entry: Entry) -> str | None:
        number, last = entry.link.number, self.last
        known = self._remembered
        if known is not None and known.number == number and known.hash != entry.link.hash:
            return "it is not the line that NATS remembers: it, or one before it, was written anew"
        if last is None:
            return None
        if number != last.number + 1:
            return _out_of_order(number, last.number)
        return None if entry.before == last.hash else f"it does not hang from the line before: {number - 1} was changed"

    def beginning(self) -> str | None:
        """What is missing before the first line, and was not deleted for its age; None if nothing is. Asked at the
        end, which knows best."""
        first = self.first.number if self.first else self._begins_at
        if first <= self._begins_at:
            return None
        return f"its beginning is missing: lines {self._begins_at:,} to {first - 1:,}"

    def end(self) -> str | None:
        """What is missing after the last line; None if nothing is known to be."""
        there = self.last.number if self.last else 0
        if self._remembered is None or self._remembered.number <= there:
            return None
        return f"the end is missing: lines {there + 1:,} to {self._remembered.number:,}, and perhaps more"


def _out_of_order(number: int, last: int) -> str:
    if number <= last:
        return f"its number is {number:,}, and a line before it has {last:,}: it was put in, or the order was changed"
    return f"lines {last + 1:,} to {number - 1:,} are missing before it"
