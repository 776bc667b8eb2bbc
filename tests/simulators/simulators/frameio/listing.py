"""Pure: the order of a list, and one page of it; the cursor says where to go on and nothing else."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from simulators.frameio.refusals import malformed

T = TypeVar("T")
Place = tuple[str | float, int]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    after: str | None
    total: int


def page(items: Sequence[T], *, sort: str, place: Callable[[T, str], Place], after: str | None, size: int) -> Page[T]:
    """One page of `items` in the order `sort` (`name_asc`, `created_at_desc`, ...), beginning behind `after`.

    `place` gives an item's position under the field to sort by; it must be unique.

    Raises:
        Refused: the cursor is not one of ours, or was made for another order: whoever follows `links.next`
            must give `sort` again, and one who does not would silently get a wrong list.
    """
    by, _, direction = sort.rpartition("_")
    descending = direction == "desc"
    ordered = sorted(items, key=lambda item: place(item, by), reverse=descending)
    if after is not None:
        behind = _place_in(after, sort)
        ordered_after = [item for item in ordered if _is_behind(place(item, by), behind, descending)]
    else:
        ordered_after = ordered
    chosen = ordered_after[:size]
    more = len(ordered_after) > size
    return Page(chosen, _cursor(place(chosen[-1], by), sort) if more else None, len(ordered))


def _is_behind(place: Place, cursor: Place, descending: bool) -> bool:
    return place < cursor if descending else place > cursor


def _cursor(place: Place, sort: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, *place]).encode()).decode().rstrip("=")


def _place_in(cursor: str, sort: str) -> Place:
    try:
        made_for, value, sequence = _decoded(cursor)
    except (binascii.Error, ValueError, TypeError):
        raise malformed("Invalid cursor", "/after") from None
    if made_for != sort:
        raise malformed(f"The cursor belongs to sort={made_for}, not to sort={sort}", "/after")
    return (value, sequence)


def _decoded(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
