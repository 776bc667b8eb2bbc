"""Pure: containers made by hand, byte for byte, and a reader over bytes that counts."""

from watcher.completeness import formats
from watcher.completeness.verdict import Closedness, Verdict

SOUND = b"\x01\x02" * 100


class Bytes:
    """
    Attributes:
        reads: offset and length of each.
        size_bytes: may lie.
    """

    def __init__(self, content: bytes, size_bytes: int | None = None) -> None:
        self._content = content
        self.size_bytes = len(content) if size_bytes is None else size_bytes
        self.reads: list[tuple[int, int]] = []

    @property
    def read_bytes(self) -> int:
        return sum(length for _, length in self.reads)

    def read(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self._content[offset : offset + length]


def judged(name: str, content: bytes) -> Verdict:
    return formats.judge(name, Bytes(content))


def told(verdict: Verdict) -> tuple[Closedness, str]:
    return verdict.closedness, verdict.seen


def box(kind: bytes, content: bytes = b"", *, size: int | None = None) -> bytes:
    return (8 + len(content) if size is None else size).to_bytes(4, "big") + kind + content


def long_box(kind: bytes, content: bytes = b"", *, size: int | None = None) -> bytes:
    return (1).to_bytes(4, "big") + kind + (16 + len(content) if size is None else size).to_bytes(8, "big") + content


def mfra(entries: bytes = b"entries") -> bytes:
    size = 8 + len(entries) + 16
    return box(b"mfra", entries + box(b"mfro", bytes(4) + size.to_bytes(4, "big")))


FTYP, MOOV, MDAT, MOOF = box(b"ftyp", b"qt  "), box(b"moov", b"index" * 9), box(b"mdat", b"media" * 99), box(b"moof")
FRAGMENT = MOOF + MDAT

OPEN_INCOMPLETE, CLOSED_INCOMPLETE, OPEN_COMPLETE, CLOSED_COMPLETE = 1, 2, 3, 4
HEADER, BODY, FOOTER, INDEX_PACK = 2, 3, 4, 0x11


def klv(key: bytes, value: bytes) -> bytes:
    return key + b"\x83" + len(value).to_bytes(3, "big") + value


def mxf_key(kind: int, status: int) -> bytes:
    return bytes.fromhex("060e2b34020501010d01020101") + bytes((kind, status, 0))


def partition(kind: int, status: int, *, at: int = 0, footer: int = 0) -> bytes:
    numbers = b"".join(number.to_bytes(8, "big") for number in (at, 0, footer))
    return klv(mxf_key(kind, status), b"\x00\x01\x00\x03\x00\x00\x02\x00" + numbers + bytes(48))


def index_pack(*offsets: int) -> bytes:
    entries = b"".join(bytes(4) + offset.to_bytes(8, "big") for offset in offsets)
    size = 16 + 4 + len(entries) + 4
    return klv(mxf_key(INDEX_PACK, 1), entries + size.to_bytes(4, "big"))


def mxf(
    header: int = CLOSED_COMPLETE,
    footer: int = CLOSED_COMPLETE,
    *,
    names_footer: bool = True,
    run_in: bytes = b"",
    end: bytes | None = None,
) -> bytes:
    """
    Args:
        header, footer: their status.
        end: in place of the random index pack.
    """
    essence = klv(bytes.fromhex("060e2b34010201010d01030115010500"), b"media" * 99)
    middle = partition(BODY, CLOSED_COMPLETE, at=500) + essence
    footer_at = len(partition(HEADER, header)) + len(middle)
    first = partition(HEADER, header, footer=footer_at if names_footer else 0)
    last = partition(FOOTER, footer, at=footer_at, footer=footer_at)
    return run_in + first + middle + last + (index_pack(0, footer_at) if end is None else end)


def chunk(kind: bytes, content: bytes, *, size: int | None = None) -> bytes:
    return kind + (len(content) if size is None else size).to_bytes(4, "little") + content + bytes(len(content) % 2)


def wav(*chunks: bytes, size: int | None = None, kind: bytes = b"RIFF") -> bytes:
    content = b"WAVE" + b"".join(chunks or (chunk(b"fmt ", bytes(16)), chunk(b"data", SOUND)))
    return kind + (len(content) if size is None else size).to_bytes(4, "little") + content


def rf64(size: int | None = None, data_bytes: int = len(SOUND), *, kind: bytes = b"RF64") -> bytes:
    rest = chunk(b"fmt ", bytes(16)) + chunk(b"data", SOUND, size=0xFFFFFFFF)
    whole = 4 + 8 + 28 + len(rest) if size is None else size
    ds64 = b"".join(number.to_bytes(8, "little") for number in (whole, data_bytes, 100)) + bytes(4)
    return wav(chunk(b"ds64", ds64), rest, size=0xFFFFFFFF, kind=kind)
