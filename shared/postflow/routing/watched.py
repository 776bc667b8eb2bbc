"""Pure: whether a path counts at all: it lies in a watch folder, and its globs take it."""

from dataclasses import dataclass

from postflow.routing.globs import glob_regex
from postflow.routing.rules import WHOLE_FILESPACE, Rules, WatchFolder
from postflow.routing.spelling import Spelled, folded


@dataclass(frozen=True, slots=True)
class Watched:
    show: str
    watch: WatchFolder
    inside: Spelled
    """The path below the watch folder."""


@dataclass(frozen=True, slots=True)
class Unwatched:
    reason: str
    watch: WatchFolder | None = None
    """None outside every watch folder."""


def watched(rules: Rules, path: str) -> Watched | Unwatched:
    """Find the watch folder of a path inside the filespace, whatever its case and Unicode form."""
    whole = Spelled.of(path)
    if {"", ".", ".."} & set(whole.own.split("/")):
        return Unwatched("not a path inside the filespace")
    for show, watch in rules.watch_folders:
        inside = _inside(watch, whole)
        if inside is not None:
            reason = _left_out(watch, inside)
            return Unwatched(reason, watch) if reason else Watched(show, watch, inside)
    return Unwatched("outside every watch folder")


def takes(watch: WatchFolder, path: str) -> bool:
    """Whether a path inside the filespace lies in this watch folder, and its globs take it."""
    inside = _inside(watch, Spelled.of(path))
    return inside is not None and _left_out(watch, inside) is None


def _inside(watch: WatchFolder, path: Spelled) -> Spelled | None:
    if watch.folder == WHOLE_FILESPACE:
        return path
    start = f"{folded(watch.folder)}/"
    if not path.folded.startswith(start):
        return None
    return Spelled(path.own[len(start) :], path.folded[len(start) :])


def _left_out(watch: WatchFolder, path: Spelled) -> str | None:
    for glob in watch.exclude:
        if glob_regex(glob).fullmatch(path.folded):
            return f"excluded by {glob}"
    if any(glob_regex(glob).fullmatch(path.folded) for glob in watch.include):
        return None
    return f"included by none of {', '.join(watch.include)}"
