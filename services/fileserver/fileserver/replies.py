"""Pure: status and headers of every answer that a stranger may get."""

from dataclasses import dataclass
from email.utils import formatdate

from fileserver import ranges
from fileserver.admit import UNAVAILABLE, Refused
from fileserver.content_types import content_type, disposition
from fileserver.exposure import Exposure

Headers = tuple[tuple[str, str], ...]

OK = 200
PARTIAL = 206
UNSATISFIABLE = 416

OURS = ("PostFlow", "origin")
"""On every answer of ours, so that a prober can tell it from an error page of the edge."""

ALWAYS: Headers = (OURS, ("Cache-Control", "private, no-store, no-transform"), ("X-Content-Type-Options", "nosniff"))

RETRY_AFTER_S = 30

_LAST_SECOND = 253_402_300_799
"""Of the year 9999: a broken clock somewhere must not break the header."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A status with its headers, and the bytes [start, start + length) of the file as its body."""

    status: int
    headers: Headers
    start: int = 0
    length: int = 0


def reply(exposure: Exposure, *, method: str, asked_range: str | None, if_range: str | None) -> Reply:
    """What a request gets that may read this exposure. A HEAD is told what a GET of the whole would get."""
    etag, last_modified = f'"{exposure.file_id}"', _http_date(exposure.mtime_ns)
    about = (
        *ALWAYS,
        ("Accept-Ranges", "bytes"),
        ("ETag", etag),
        ("Last-Modified", last_modified),
        ("Content-Type", content_type(exposure.path)),
        ("Content-Disposition", disposition(exposure.destination.name)),
    )
    size = exposure.size_bytes
    partial = method == "GET" and ranges.may_be_partial(if_range, etag=etag, last_modified=last_modified)
    match ranges.wanted(asked_range if partial else None, size):
        case ranges.Unsatisfiable():
            return Reply(UNSATISFIABLE, (*ALWAYS, ("Content-Range", f"bytes */{size}"), ("Content-Length", "0")))
        case ranges.Part(start, length):
            span = ("Content-Range", f"bytes {start}-{start + length - 1}/{size}")
            return Reply(PARTIAL, (*about, span, ("Content-Length", str(length))), start, length)
        case ranges.Whole():
            return Reply(OK, (*about, ("Content-Length", str(size))), 0, size)


def probed(length: int) -> Reply:
    """What a probe of ours gets."""
    return Reply(
        OK, (*ALWAYS, ("Content-Type", "application/octet-stream"), ("Content-Length", str(length))), 0, length
    )


def refusal(refused: Refused) -> Reply:
    """Always without a body: whatever a fetcher makes of an error page, it has no bytes that could pass for a file."""
    later = (("Retry-After", str(RETRY_AFTER_S)),) if refused.status == UNAVAILABLE else ()
    return Reply(refused.status, (*ALWAYS, *later, ("Content-Length", "0")))


def _http_date(mtime_ns: int) -> str:
    return formatdate(min(max(mtime_ns // 1_000_000_000, 0), _LAST_SECOND), usegmt=True)
