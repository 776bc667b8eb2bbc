"""Pure: who a file is. One revision of one file has one id, and that id is also its trace."""

import hashlib
import unicodedata

FILE_ID_HEX_DIGITS = 32
"""128 bits: as long as a trace id, because it is one."""


def comparable(path: str) -> str:
    """The form in which two spellings of one path are equal: NFC, since a filespace may answer in NFD."""
    return unicodedata.normalize("NFC", path)


def file_id(filespace: str, path: str, size_bytes: int, mtime_ns: int) -> str:
    """Name one revision of one file.

    Args:
        filespace: its name, so that two filespaces with the same tree stay apart.
        path: inside the filespace, `/` between its parts, no leading one; any Unicode form.

    Returns:
        32 lower-case hex digits, never all zero (a trace id must not be).
    """
    parts = (filespace, comparable(path), str(size_bytes), str(mtime_ns))
    digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=FILE_ID_HEX_DIGITS // 2)
    return digest.hexdigest()


def trace_id(file_id: str) -> int:
    return int(file_id, 16)


def root_span_id(file_id: str, attempt: int) -> int:
    """The id of an attempt's root span, known to every stage before the span exists (it is emitted last)."""
    digest = hashlib.blake2b(f"{file_id}\0root\0{attempt}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1


def dedupe_id(file_id: str, state: str, attempt: int, exposure: int) -> str:
    """The `Nats-Msg-Id` of a message: two publications of one fact carry the same."""
    return f"{file_id}.{state}.{attempt}.{exposure}"
