"""Pure: whether a request wants an answer at all, given what it says that it knows of the file.

Source: RFC 9110, sections 13.1 and 13.2.2 (their order), and 5.6.7 (three forms of a date).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

NOT_MODIFIED = 304
FAILED = 412

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")


@dataclass(frozen=True, slots=True)
class Conditions:
    """Headers as they came; None where there was none."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_unmodified_since: str | None = None


NONE = Conditions()


def answered_by(said: Conditions, *, etag: str, modified_s: int) -> int | None:
    """The status that answers a GET or HEAD before any byte is looked at; None: it gets what it asks for.

    Args:
        etag: a strong one, in its quotes.
        modified_s: unix seconds, as `Last-Modified` tells them.
    """
    if said.if_match is not None:
        if not _names(said.if_match, etag):
            return FAILED
    elif _is_after(modified_s, said.if_unmodified_since) is True:
        return FAILED
    if said.if_none_match is not None:
        return NOT_MODIFIED if _names(said.if_none_match, etag, weakly=True) else None
    return NOT_MODIFIED if _is_after(modified_s, said.if_modified_since) is False else None


def _names(header: str, etag: str, *, weakly: bool = False) -> bool:
    """Whether a list of tags has ours in it. `*` stands for anything that is there."""
    if header.strip() == "*":
        return True
    tags = _TAG.findall(header)
    return etag in tags or (weakly and f"W/{etag}" in tags)


def _is_after(modified_s: int, date: str | None) -> bool | None:
    """None: there is no date, or nobody can read it; such a header counts as absent."""
    if date is None:
        return None
    for form in _DATES:
        try:
            return modified_s > datetime.strptime(date.strip(), form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None
