"""Pure: MXF: a header partition, body partitions, a footer, and a random index pack that ends the file.

The header says open until its writer goes back to it at the end; some never do, and their footer counts. Body
partitions prove nothing: one may say closed and complete in a file that is still being written. The random index pack
ends with its own length, and its last entry leads to the footer, so the end of the file tells that all of it is there.

Offsets count from the header's first byte, before which a run-in of less than 64 KiB may lie.

Source: SMPTE ST 377-1, 7.1 (partition pack), 6.5 (run-in), 12 (random index pack).
"""

from dataclasses import dataclass

from watcher.completeness.reader import Budgeted, CutOff
from watcher.completeness.verdict import Verdict, complete, missing, still_open, unknown

RUN_IN_BYTES = 64 * 1024
KEY_BYTES = 16
MOST_KLVS = 256
"""From the footer to the end, where there is no random index pack."""

_PACK = bytes.fromhex("060e2b34020501010d01020101")
_HEADER, _FOOTER, _INDEX_PACK = 0x02, 0x04, 0x11
_CLOSED = (0x02, 0x04)
"""Closed and incomplete, closed and complete; 1 and 3 are open."""
_FOOTER_AT = 24
"""In a partition pack's value: versions, KAG size, this partition, previous partition."""
_ENTRY_BYTES = 12
_LENGTH_BYTES = 4
_NO_FOOTER = "its header says that it is open, and no closed footer ends it"


@dataclass(frozen=True, slots=True)
class _Header:
    at: int
    is_closed: bool
    footer: int
    """Where it says that the footer is; 0 as long as it is not known."""


def is_one(first: bytes) -> bool:
    """A run-in may be anything, so the extension alone has to do."""
    return len(first) == KEY_BYTES


def judge(reader: Budgeted) -> Verdict:
    header = _header(reader)
    if header is None:
        return unknown("no header of MXF is found in its first 64 KiB")
    by_index_pack = _footer_by_index_pack(reader, header)
    if by_index_pack is not None and _is_closed_footer(reader, by_index_pack):
        return complete("its random index pack ends it and leads to a closed footer")
    if not header.is_closed:
        return still_open(_NO_FOOTER)
    if not header.footer:
        return still_open("its header names no footer")
    return _from_footer(reader, header.at + header.footer)


def _header(reader: Budgeted) -> _Header | None:
    key = _PACK + bytes((_HEADER,))
    at = 0
    if not reader.up_to(0, KEY_BYTES).startswith(key):
        at = reader.up_to(0, RUN_IN_BYTES - 1 + len(key)).find(key)
    if at < 0:
        return None
    status = reader.exactly(at + KEY_BYTES - 2, 1)[0]
    value_at, _ = _length(reader, at + KEY_BYTES)
    return _Header(at, status in _CLOSED, reader.number(value_at + _FOOTER_AT, 8))


def _footer_by_index_pack(reader: Budgeted, header: _Header) -> int | None:
    """Where the random index pack at the end of the file says that the footer is; None if there is no such pack."""
    length = reader.number(reader.size_bytes - _LENGTH_BYTES, _LENGTH_BYTES)
    at = reader.size_bytes - length
    if at <= header.at or length < KEY_BYTES + 1 + _ENTRY_BYTES + _LENGTH_BYTES:
        return None
    if not reader.exactly(at, KEY_BYTES).startswith(_PACK + bytes((_INDEX_PACK,))):
        return None
    value_at, value_bytes = _length(reader, at + KEY_BYTES)
    if value_at + value_bytes != reader.size_bytes or (value_bytes - _LENGTH_BYTES) % _ENTRY_BYTES:
        return None
    return header.at + reader.number(reader.size_bytes - _LENGTH_BYTES - 8, 8)


def _is_closed_footer(reader: Budgeted, at: int) -> bool:
    try:
        key = reader.exactly(at, KEY_BYTES)
    except CutOff:
        return False
    return key.startswith(_PACK + bytes((_FOOTER,))) and key[KEY_BYTES - 2] in _CLOSED


def _from_footer(reader: Budgeted, at: int) -> Verdict:
    """The header is closed, and nothing ends the file as it should."""
    if at + KEY_BYTES > reader.size_bytes:
        return still_open(f"its footer is not there yet: {missing(at + KEY_BYTES - reader.size_bytes)} at least")
    if not _is_closed_footer(reader, at):
        return still_open("where its footer should be is something else")
    for _ in range(MOST_KLVS):
        if at == reader.size_bytes:
            return unknown("its footer is closed, and no random index pack says that it is all")
        value_at, value_bytes = _length(reader, at + KEY_BYTES)
        at = value_at + value_bytes
        if at > reader.size_bytes:
            return still_open(f"it is cut off after its footer: {missing(at - reader.size_bytes)}")
    return unknown("its footer is closed, and what follows is too much to look through")


def _length(reader: Budgeted, at: int) -> tuple[int, int]:
    """Where a value begins, and how long it is, from its BER length."""
    first = reader.exactly(at, 1)[0]
    if first < 0x80:
        return at + 1, first
    count = first - 0x80
    if not 1 <= count <= 8:
        raise CutOff
    return at + 1 + count, reader.number(at + 1, count)
