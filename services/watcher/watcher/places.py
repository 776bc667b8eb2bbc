"""Edge: which file a person means."""

import unicodedata
from typing import Protocol

from postflow.errors import PostFlowError
from watcher.guard.shown import Doubt
from watcher.selection import Kind
from watcher.volume import Sight


class NoPlace(PostFlowError):
    """What was given is no path of this filespace, or leads out of it."""


class Volume(Protocol):
    def doubt(self) -> Doubt | None: ...

    def look(self, path: str) -> Sight | None: ...

    def inside(self, absolute: str) -> str | None: ...

    def why_not_readable(self, path: str) -> str | None: ...


def inside(volume: Volume, given: str, root: str) -> str:
    """The path inside the filespace; empty for all of it.

    Args:
        given: absolute on the mount, or inside the filespace.

    Raises:
        NoPlace: it lies elsewhere.
    """
    text = given.rstrip("/")
    if text == root.rstrip("/"):
        return ""
    path = volume.inside(text) if text.startswith("/") else text
    parts = [part for part in (path or "").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or "\0" in text:
        raise NoPlace(f"{given} is no path below {root}; give it absolute, or as it stands in the filespace")
    return "/".join(parts)


def spelled(volume: Volume, path: str) -> tuple[str, Sight | None]:
    """The path as the volume spells it, and what is there.

    Raises:
        NoPlace: it leads through a link, which nobody follows: neither the walk nor the fileserver.
        Unanswered
    """
    for form in (path, unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)):
        if (sight := volume.look(form)) is not None:
            _follow_no_link(volume, form)
            return form, sight
    return path, None


def _follow_no_link(volume: Volume, path: str) -> None:
    above = path.rpartition("/")[0]
    while above:
        sight = volume.look(above)
        if sight is not None and sight.kind is Kind.LINK:
            raise NoPlace(f"{path} leads through {above}, which is a link; give the path that it leads to")
        above = above.rpartition("/")[0]
