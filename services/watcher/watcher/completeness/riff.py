"""Pure: WAV, BWF, RF64 and BW64: a size in the head that is that of the file, and sound (data) that lies within.

Writers leave both sizes at 0 or FFFFFFFF until they have finished. In RF64 and BW64 they stay FFFFFFFF, and the chunk
ds64, which comes first, holds the real ones. A last byte that only pads an odd size is not missed.

Source: EBU Tech 3306 (RF64), ITU-R BS.2088 (BW64), Microsoft's RIFF specification.
"""

from watcher.completeness.reader import Budgeted
from watcher.completeness.verdict import Verdict, complete, missing, still_open, unknown

MOST_CHUNKS = 512

_FIRST_CHUNK_AT = 12
_DS64_BYTES = 24
"""Of ds64 at least: three sizes of 64 bits, of the file, of data, and the number of samples."""
_UNSET = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


def is_one(first: bytes) -> bool:
    return first[:4] in (b"RIFF", b"RF64", b"BW64") and first[8:12] == b"WAVE"


def judge(reader: Budgeted) -> Verdict:
    head = reader.exactly(0, _FIRST_CHUNK_AT)
    size, data_bytes = _little(head[4:8]), None
    if head[:4] != b"RIFF":
        first = reader.up_to(_FIRST_CHUNK_AT, 8 + _DS64_BYTES)
        if first[:4] != b"ds64" or len(first) < 8 + _DS64_BYTES:
            return still_open("its sizes (ds64) are missing")
        size, data_bytes = _little(first[8:16]), _little(first[16:24])
    if size in _UNSET:
        return still_open("its size is not filled in")
    return _of_size(reader, size + 8) or _of_data(reader, size + 8, data_bytes)


def _of_size(reader: Budgeted, end: int) -> Verdict | None:
    """None if the file ends where it says."""
    if end > reader.size_bytes:
        return still_open(f"it is cut off: {missing(end - reader.size_bytes)}")
    if end + end % 2 < reader.size_bytes:
        return still_open(f"{reader.size_bytes - end:,} bytes follow after the end that it names")
    return None


def _of_data(reader: Budgeted, end: int, data_bytes: int | None) -> Verdict:
    """
    Args:
        data_bytes: as ds64 has it; None where the chunk itself says.
    """
    at = _FIRST_CHUNK_AT
    for _ in range(MOST_CHUNKS):
        if at + 8 > end:
            return still_open("its sound (data) is missing")
        header = reader.exactly(at, 8)
        size = _little(header[4:])
        if header[:4] == b"data":
            return _of_sound(size if data_bytes is None else data_bytes, end - at - 8)
        at += 8 + size + size % 2
    return unknown(f"it has more than {MOST_CHUNKS} chunks before its sound (data)")


def _of_sound(size: int, room: int) -> Verdict:
    if size in _UNSET:
        return still_open("the size of its sound (data) is not filled in")
    if size > room:
        return still_open(f"its sound (data) is cut off: {missing(size - room)}")
    return complete("it is as long as it says, with all of its sound (data)")


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")
