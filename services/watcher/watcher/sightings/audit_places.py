"""Edge: which of the paths that an audit trail names concern us, and how the volume spells them."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Protocol

from postflow.routing import folded
from watcher.volume import Listing, Unanswered


class Volume(Protocol):
    """Raises Unanswered."""

    def list(self, folder: str) -> Listing | None: ...


def near_to(places: Iterable[str], tops: Sequence[str], volume: Volume) -> tuple[list[str], bool]:
    """Those of them that lie in a watch folder, as the volume spells them; and whether one of those lies in them."""
    near, is_around = [], False
    within = [folded(top) for top in tops]
    for place in places:
        this = folded(place)
        if any(not top or this == top or this.startswith(f"{top}/") for top in within):
            near += [spelled] if (spelled := as_listed(volume, place)) else []
        elif any(top.startswith(f"{this}/") for top in within):
            is_around = True
    return near, is_around


def as_listed(volume: Volume, place: str) -> str | None:
    """A path may be written in another Unicode form than the volume lists it in; None if it is not there."""
    here = ""
    for part in place.split("/"):
        name: str | None = part
        if not part.isascii():
            try:
                listing = volume.list(here)
            except Unanswered:
                return None
            names = (*listing.files, *listing.folders) if listing else ()
            name = next((one for one in names if _composed(one) == _composed(part)), None)
        if name is None:
            return None
        here = f"{here}/{name}" if here else name
    return here


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
