"""Pure: tables from one field to others, `SQ01` to scene `01` and sequence `INTRO`; a key may be a range of numbers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from postflow.routing.problems import shown
from postflow.routing.spelling import folded

Row = Mapping[str, str]
_RANGE = re.compile(r"([0-9]+)-([0-9]+)")
KEYS_NAMED = 3


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Numbers from `first` to `last`, written with so many digits."""

    width: int
    first: int
    last: int
    key: str = field(compare=False)


class Table:
    def __init__(self, values: Mapping[str, Row]) -> None:
        self._keys = tuple(values)
        self._exact = {folded(key): row for key, row in values.items() if not _RANGE.fullmatch(key)}
        self._spans = [(span, values[span.key]) for span in spans(values) if "-" in span.key]

    def row(self, value: str) -> Row | None:
        exact = self._exact.get(folded(value))
        if exact is not None or not (value.isascii() and value.isdigit()):
            return exact
        inside = (
            row for span, row in self._spans if span.width == len(value) and span.first <= int(value) <= span.last
        )
        return next(inside, None)

    def keys_near(self, value: str) -> tuple[str, ...]:
        """The keys that were probably meant; the first ones if none is near."""
        if self._spans and value.isascii() and value.isdigit():
            nearest = sorted((span for span, _ in self._spans), key=lambda span: _distance(span, int(value)))
            return tuple(span.key for span in nearest[:KEYS_NAMED])
        near = get_close_matches(value.upper(), self._keys, KEYS_NAMED, cutoff=0.7)
        return tuple(near) or self._keys[:KEYS_NAMED]


def _distance(span: Span, number: int) -> int:
    return max(span.first - number, number - span.last, 0)


def spans(values: Mapping[str, object]) -> Iterator[Span]:
    """Every key that is a number or a range of numbers; impossible ranges are left out."""
    for key in values:
        if match := _RANGE.fullmatch(key):
            if not impossible_range(key):
                yield Span(len(match[1]), int(match[1]), int(match[2]), key)
        elif re.fullmatch(r"[0-9]{1,255}", key):
            yield Span(len(key), int(key), int(key), key)


def impossible_range(key: str) -> bool:
    match = _RANGE.fullmatch(key)
    return match is not None and (len(match[1]) != len(match[2]) or len(match[1]) > 255 or match[1] >= match[2])


def mistakes_in_table(values: Mapping[str, Row]) -> Iterator[tuple[str, str, str]]:
    """Key, what was found, what was expected, for all that is wrong with a table."""
    yield from _keys_twice(values)
    yield from _ranges(values)
    columns: set[str] | None = None
    for key, row in values.items():
        columns = set(row) if columns is None else columns
        if set(row) != columns:
            yield key, ", ".join(row) or "no field", f"{', '.join(sorted(columns))}, as in the rows before"


def _keys_twice(values: Mapping[str, Row]) -> Iterator[tuple[str, str, str]]:
    first: dict[str, str] = {}
    for key in values:
        earlier = first.setdefault(folded(key), key)
        if earlier != key:
            yield key, f"{shown(key)} after {shown(earlier)}", "each key once, whatever its case"


def _ranges(values: Mapping[str, Row]) -> Iterator[tuple[str, str, str]]:
    for key in values:
        if impossible_range(key):
            yield key, shown(key), "a range from low to high with as many digits on both sides, as 00001-00020"
    widest: Span | None = None
    for span in sorted(spans(values)):
        if widest and widest.width == span.width and span.first <= widest.last and span.key != widest.key:
            yield span.key, f"{span.key} and {widest.key}", "each number once"
        if widest is None or (span.width, span.last) > (widest.width, widest.last):
            widest = span
