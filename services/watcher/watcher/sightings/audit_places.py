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
    near, is_around, names = [], False, _Names(volume)
    within = [folded(top) for top in tops]
    for place in places:
        this = folded(place)
        if any(not top or this == top or this.startswith(f"{top}/") for top in within):
            near += [spelled] if (spelled := _as_listed(names, place)) else []
        elif any(top.startswith(f"{this}/") for top in within):
            is_around = True
    return near, is_around


class _Names:
    """How the volume spells what is in a folder. Each is listed once: very many places may lie in a very large one."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._spelled: dict[str, dict[str, str]] = {}

    def spelled(self, folder: str, name: str) -> str | None:
        """None if it is not there, or the folder gives no answer."""
        if folder not in self._spelled:
            self._spelled[folder] = {_composed(one): one for one in self._listed(folder) if not one.isascii()}
        return self._spelled[folder].get(_composed(name))

    def _listed(self, folder: str) -> tuple[str, ...]:
        try:
            listing = self._volume.list(folder)
        except Unanswered:
            return ()
        return (*listing.folders, *listing.files) if listing else ()


def _as_listed(names: _Names, place: str) -> str | None:
    """A path may be written in another Unicode form than the volume lists it in; None if it is not there."""
    here = ""
    for part in place.split("/"):
        name = part if part.isascii() else names.spelled(here, part)
        if name is None:
            return None
        here = f"{here}/{name}" if here else name
    return here


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
