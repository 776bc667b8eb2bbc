"""Edge: where each file of the live tree would go, a page at a time. Nothing is sent and nothing is noted."""

import time
from collections.abc import Iterable, Iterator
from typing import Protocol

from postflow.desk import MOST_ANSWERED_BYTES, RehearseAnswer, Rehearsed
from postflow.routing import Rejected, Routed, Rules, Unwatched, route, sequence_of
from watcher.rows import joined
from watcher.selection import Kind, Selection, is_utf8, shown
from watcher.volume import Listing, Unanswered

PAGE_S = 2.0
"""An answer that takes longer is cut there, and goes on with the next question."""
ROW_BYTES = 200
"""What a row of the answer takes besides its texts."""

Parts = tuple[str, ...]


class Volume(Protocol):
    """Raises Unanswered."""

    def list(self, folder: str) -> Listing | None: ...

    def spelling(self, folder: str) -> str | None: ...


class Rehearsal:
    """One page. In the order of the paths' parts, so that the next page can begin where this one ended."""

    def __init__(self, rules: Rules, volume: Volume, after: str | None) -> None:
        self._rules = rules
        self._selection = Selection(lambda: rules)
        self._volume = volume
        self._after: Parts = tuple(after.split("/")) if after else ()
        self._unanswered: list[str] = []

    def page(self, folder: str) -> RehearseAnswer:
        """
        Args:
            folder: inside the filespace; empty for every watch folder.
        """
        if folder and (problem := self._why_no(folder)):
            return RehearseAnswer(problems=(problem,))
        files: list[Rehearsed] = []
        room_bytes, until_s = MOST_ANSWERED_BYTES, time.monotonic() + PAGE_S
        for file in self._files(folder):
            files.append(file)
            room_bytes -= ROW_BYTES + 2 * sum(len(text.encode()) for text in (file.path, file.to, file.why))
            if room_bytes < 0 or time.monotonic() > until_s:
                return self._answered(files, after=file.path)
        return self._answered(files, after=None)

    def _why_no(self, folder: str) -> str:
        try:
            if self._volume.spelling(folder) is not None:
                return ""
        except Unanswered as error:
            return f"{folder}: {error}"
        watched = ", ".join(watch.folder for _, watch in self._rules.watch_folders)
        return f"there is no folder {folder} in the filespace; the watch folders are {watched}"

    def _answered(self, files: list[Rehearsed], after: str | None) -> RehearseAnswer:
        return RehearseAnswer(files=tuple(files), unanswered=tuple(self._unanswered[:100]), after=after)

    def _files(self, folder: str) -> Iterator[Rehearsed]:
        for top in sorted(self._tops(folder), key=_parts):
            yield from self._below(top)

    def _tops(self, folder: str) -> set[str]:
        """The watch folders, or as much of them as lies in and below the folder."""
        found = set()
        for _, watch in self._rules.watch_folders:
            try:
                top = self._volume.spelling(watch.folder)
            except Unanswered as error:
                self._unanswered.append(f"{watch.folder}: {error}")
                continue
            if top is None:
                self._unanswered.append(f"{watch.folder}: there is no such folder")
            elif _is_below(top, folder):
                found.add(top)
            elif _is_below(folder, top):
                found.add(folder)
        return found

    def _below(self, folder: str) -> Iterator[Rehearsed]:
        try:
            listing = self._volume.list(folder)
        except Unanswered as error:
            self._unanswered.append(f"{shown(folder)}: {error}")
            return
        if listing is None:
            return
        others = dict(listing.others)
        folders = set(listing.folders)
        sequences = gathered(listing.files)
        for name in sorted({*sequences, *folders, *others}, key=shown):
            path = joined(folder, name)
            if name in sequences:
                if _parts(path) > self._after:
                    yield self._rehearsed_as_one(path, [joined(folder, one) for one in sequences[name]])
            elif name not in folders:
                if _parts(path) > self._after:
                    yield self._rehearsed(path, others[name])
            elif (ignored := self._selection.why_not_folder(name)) is not None:
                if _parts(path) > self._after:
                    yield Rehearsed(path=shown(path) + "/", outcome="ignored", why=ignored.reason)
            elif _parts(path) >= self._after[: len(_parts(path))]:
                yield from self._below(path)

    def _rehearsed_as_one(self, path: str, files: list[str]) -> Rehearsed:
        """A file; or by its first frame a sequence, of which one is like the other."""
        told = self._rehearsed(files[0], Kind.FILE)
        return told if len(files) == 1 else told.model_copy(update={"path": shown(path), "frames": len(files)})

    def _rehearsed(self, path: str, kind: Kind) -> Rehearsed:
        ignored = self._selection.why_not_file(path, kind)
        if ignored is not None:
            return Rehearsed(path=shown(path), outcome="ignored", why=ignored.reason)
        match route(self._rules, path):
            case Unwatched(reason):
                return Rehearsed(path=shown(path), outcome="ignored", why=reason)
            case Rejected() as rejected:
                return Rehearsed(path=path, outcome="rejected", to=rejected.expected, why=rejected.why)
            case Routed(to):
                place = "/".join((to.project, *to.folder, to.name))
                outcome = "inbox" if to.inbox_reason else "delivered"
                route_name = f"{to.show}/{to.route}"
                return Rehearsed(path=path, outcome=outcome, route=route_name, to=place, why=to.inbox_reason or "")


def gathered(names: Iterable[str]) -> dict[str, list[str]]:
    """Files by name; the frames of a sequence, if there are several, by the name of the sequence."""
    by_name: dict[str, list[str]] = {}
    for name in sorted(names):
        by_name.setdefault((sequence_of(name) if is_utf8(name) else None) or name, []).append(name)
    return {name if len(files) > 1 else files[0]: files for name, files in by_name.items()}


def _parts(path: str) -> Parts:
    return tuple(shown(path).removesuffix("/").split("/")) if path else ()


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
