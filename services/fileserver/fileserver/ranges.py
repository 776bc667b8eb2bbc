"""Pure: which bytes of a file a request asks for, and which have gone out so far.

Source: RFC 9110, sections 13.1.5 (If-Range) and 14 (ranges).
"""

import re
from dataclasses import dataclass

MOST_SPANS = 256
"""Spans that a record keeps. Whoever asks for more islands than this is not fetching a file."""

_SINGLE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_MOST_DIGITS = 18

Span = tuple[int, int]
"""Half-open: [start, end)."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything, answered with 200."""


@dataclass(frozen=True, slots=True)
class Part:
    """[start, start + length), answered with 206; length is 1 or more."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """Nothing of what was asked for exists: 416."""


def wanted(header: str | None, size_bytes: int) -> Whole | Part | Unsatisfiable:
    """Read a `Range` header. What is not understood, and several ranges at once, get the whole file."""
    single = _SINGLE.fullmatch(header or "")
    first, last = single.groups() if single else ("", "")
    match bool(first), bool(last):
        case True, True if _number(last) >= _number(first):
            start, end = _number(first), min(_number(last) + 1, size_bytes)
        case True, False:
            start, end = _number(first), size_bytes
        case False, True:
            start, end = max(size_bytes - _number(last), 0), size_bytes
        case _:
            return Whole()
    return Part(start, end - start) if start < end else Unsatisfiable()


def may_be_partial(if_range: str | None, *, etag: str, last_modified: str) -> bool:
    """Whether `If-Range` lets a range be answered as one: it names exactly what we have, or is absent.

    A date is as good as the tag here: an exposure serves one revision for as long as it lives.
    """
    return if_range is None or if_range.strip() in (etag, last_modified)


def added(covered: tuple[Span, ...], new: Span) -> tuple[Span, ...]:
    """The union of spans that are sorted and apart from each other with one more, in the same form.

    With more than `MOST_SPANS` the smallest is forgotten, so that the union never claims too much.
    """
    start, end = new
    if start >= end:
        return covered
    before = [span for span in covered if span[1] < start]
    after = [span for span in covered if span[0] > end]
    touching = covered[len(before) : len(covered) - len(after)]
    if touching:
        start, end = min(start, touching[0][0]), max(end, touching[-1][1])
    spans = [*before, (start, end), *after]
    if len(spans) > MOST_SPANS:
        spans.remove(min(spans, key=lambda span: span[1] - span[0]))
    return tuple(spans)


def union(one: tuple[Span, ...], other: tuple[Span, ...]) -> tuple[Span, ...]:
    for span in other:
        one = added(one, span)
    return one


def length(covered: tuple[Span, ...]) -> int:
    return sum(end - start for start, end in covered)


def _number(digits: str) -> int:
    """No file is as large as a number of that many digits; nobody gets us to compute with longer ones."""
    significant = digits.lstrip("0") or "0"
    return int(significant) if len(significant) <= _MOST_DIGITS else 10**_MOST_DIGITS
