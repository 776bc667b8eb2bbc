"""Pure: status and headers of every answer that a stranger may get."""

from dataclasses import dataclass
from email.utils import formatdate

from fileserver import preconditions, ranges
from fileserver.admit import TOO_MANY, UNAVAILABLE, Refused
from fileserver.content_types import content_type, disposition
from fileserver.exposure import Exposure
from fileserver.preconditions import Conditions

Headers = tuple[tuple[str, str], ...]

OK = 200
PARTIAL = 206
UNSATISFIABLE = 416

OURS = ("PostFlow", "origin")
"""On every answer of ours, so that a prober can tell it from an error page of the edge."""

ALWAYS: Headers = (OURS, ("Cache-Control", "private, no-store, no-transform"), ("X-Content-Type-Options", "nosniff"))

RETRY_AFTER_S = {UNAVAILABLE: 30, TOO_MANY: 5}

_LAST_SECOND = 253_402_300_799
"""Of the year 9999: a broken clock somewhere must not break the header."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A status with its headers, and the bytes [start, start + length) of the file as its body."""

    status: int
    headers: Headers
    start: int = 0
    length: int = 0

    @property
    def has_body(self) -> bool:
        """Of a GET; that of an empty file is one of no bytes."""
        return self.status in (OK, PARTIAL)


def reply(
    exposure: Exposure,
    *,
    method: str,
    asked_range: str | None,
    if_range: str | None,
    conditions: Conditions = preconditions.NONE,
) -> Reply:
    """What a request gets that may read this exposure. A HEAD is told what a GET of the whole would get."""
    modified_s = min(max(exposure.mtime_ns // 1_000_000_000, 0), _LAST_SECOND)
    etag, last_modified = f'"{exposure.file_id}"', formatdate(modified_s, usegmt=True)
    which = (("ETag", etag), ("Last-Modified", last_modified))
    match preconditions.answered_by(conditions, etag=etag, modified_s=modified_s):
        case preconditions.NOT_MODIFIED:
            return Reply(preconditions.NOT_MODIFIED, (*ALWAYS, *which))
        case preconditions.FAILED:
            return Reply(preconditions.FAILED, (*ALWAYS, ("Content-Length", "0")))
    about = (
        *ALWAYS,
        ("Accept-Ranges", "bytes"),
        *which,
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


CLOSE: Headers = (("Connection", "close"),)


def refusal(refused: Refused, also: Headers = ()) -> Reply:
    """Always without a body: whatever a fetcher makes of an error page, it has no bytes that could pass for a file."""
    after_s = RETRY_AFTER_S.get(refused.status)
    later = (("Retry-After", str(after_s)),) if after_s is not None else ()
    return Reply(refused.status, (*ALWAYS, *later, *also, ("Content-Length", "0")))
