"""Pure: QuickTime and MP4: a chain of boxes, exactly to the end, with an index (moov) and closed media data (mdat).

A box is its size in 4 bytes, its type in 4, and in 8 more its size if the 4 say 1. A size of 0 means "to the end", and
writers leave it so while they record. QuickTime's keep a box `wide` before the media data, whose 8 bytes become part of
a 64-bit header when it grows beyond 4 GiB.

A fragmented file has its index first and is valid after each fragment (moof and mdat): it is known to be complete only
by its list of fragments (mfra) at the end. Nor can a prefix of any other file be told from the whole where index and
media data both end before its last box.

Source: ISO/IEC 14496-12, 4.2; QuickTime File Format (2012), "Atoms".
"""

from dataclasses import dataclass, field

from watcher.completeness.reader import Budgeted
from watcher.completeness.verdict import Verdict, complete, missing, still_open, unknown

MOST_BOXES = 512
"""Of the outermost level. Each may lie in another part of the file, which has to be fetched to see it."""

FIRST_TYPES = frozenset((b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"sidx", b"moof"))

_MFRO_BYTES = 16
"""The box mfro, last in mfra: header, version and flags, and the size of all of mfra."""


@dataclass(slots=True)
class _Walk:
    """What was met on the way from the first box to the last."""

    at: int = 0
    last: bytes = b""
    met: set[bytes] = field(default_factory=set)


def is_one(first: bytes) -> bool:
    return first[4:8] in FIRST_TYPES


def judge(reader: Budgeted) -> Verdict:
    walk = _Walk()
    for _ in range(MOST_BOXES):
        if walk.at == reader.size_bytes:
            return _at_the_end(walk)
        trouble = _step(reader, walk)
        if trouble:
            return still_open(trouble if b"moov" in walk.met else f"its index (moov) is missing, and {trouble}")
    if b"moof" in walk.met and _is_closed_by_mfra(reader):
        return complete("it is fragmented, and ends with the list of its fragments (mfra)")
    return unknown(f"it has more than {MOST_BOXES} boxes")


def _step(reader: Budgeted, walk: _Walk) -> str:
    """Go to the next box; what is wrong with this one, if something is."""
    left = reader.size_bytes - walk.at
    if left < 8:
        return f"it ends within the header of a box: {missing(8 - left)} at least"
    header = reader.exactly(walk.at, 8)
    size, kind = int.from_bytes(header[:4], "big"), header[4:]
    shortest = 8
    if size == 1:
        if left < 16:
            return f"it ends within the header of a box: {missing(16 - left)} at least"
        size, shortest = reader.number(walk.at + 8, 8), 16
    if size == 0:
        return f"{_named(kind)} has no size yet"
    if size < shortest:
        return f"there is no box where one should be, at byte {walk.at:,}"
    if size > left:
        return f"{_named(kind)} is cut off: {missing(size - left)}"
    walk.at, walk.last = walk.at + size, kind
    walk.met.add(kind)
    return ""


def _at_the_end(walk: _Walk) -> Verdict:
    if b"moov" not in walk.met:
        return still_open("its index (moov) is missing")
    if walk.last == b"moof":
        return still_open("the media data (mdat) of its last fragment is missing")
    if b"mdat" not in walk.met:
        return still_open("its media data (mdat) is missing")
    if b"moof" not in walk.met:
        return complete("its boxes end where it ends, with index (moov) and media data (mdat)")
    if walk.last == b"mfra":
        return complete("it is fragmented, and ends with the list of its fragments (mfra)")
    return unknown("it is fragmented and ends with a whole fragment: more of them may follow")


def _is_closed_by_mfra(reader: Budgeted) -> bool:
    """Without the way through all of its boxes."""
    last = reader.exactly(reader.size_bytes - _MFRO_BYTES, _MFRO_BYTES)
    size = int.from_bytes(last[12:], "big")
    if last[4:8] != b"mfro" or not 8 + _MFRO_BYTES <= size <= reader.size_bytes:
        return False
    first = reader.exactly(reader.size_bytes - size, 8)
    return first == size.to_bytes(4, "big") + b"mfra"


def _named(kind: bytes) -> str:
    """A box by its type, as people who know the format call it."""
    known = {b"mdat": "its media data (mdat)", b"moov": "its index (moov)", b"moof": "its last fragment (moof)"}
    if kind in known:
        return known[kind]
    return f"its box {kind.decode('ascii')}" if kind.isalnum() and kind.isascii() else "what follows its last whole box"
