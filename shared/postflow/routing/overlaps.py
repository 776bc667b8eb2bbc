"""Pure: watch folders that lie in one another. A file in both would have two owners."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from postflow.routing.problems import Mistakes, Problem, place_of, shown
from postflow.routing.rules import WHOLE_FILESPACE, watch_path
from postflow.routing.spelling import folded


@dataclass(frozen=True, slots=True)
class Claim:
    show: str
    index: int
    folder: str

    @property
    def place(self) -> str:
        return place_of("shows", self.show, "watch", self.index, "folder")


def claims(shows: Mapping[str, object]) -> Iterator[Claim]:
    """The watch folders as they stand in the file, those of broken shows too: they still say whose files these are."""
    for name, show in shows.items():
        watch = show.get("watch") if isinstance(show, dict) else None
        for index, raw in enumerate(watch if isinstance(watch, list) else ()):
            folder = raw.get("folder") if isinstance(raw, dict) else None
            if isinstance(folder, str):
                try:
                    yield Claim(name, index, watch_path(folder))
                except Mistakes:
                    continue


def overlaps(shows: Mapping[str, object]) -> Iterator[tuple[str, Problem]]:
    """Show and problem, for both sides: neither may take the other's files while it is open whose they are."""
    for one, other in combinations(claims(shows), 2):
        if overlap(one.folder, other.folder):
            for claim, rival in ((one, other), (other, one)):
                found = f"{shown(claim.folder)}, which overlaps {shown(rival.folder)} of {rival.place}"
                yield claim.show, Problem(claim.place, found, "a folder outside every other watch folder")


def overlap(one: str, other: str) -> bool:
    return _contains(one, other) or _contains(other, one)


def _contains(outer: str, inner: str) -> bool:
    return outer == WHOLE_FILESPACE or f"{folded(inner)}/".startswith(f"{folded(outer)}/")
