"""Edge: look at files that are due, one after the other, and say of each what is certain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from watcher.clock import Clock
from watcher.guard.shown import Doubt
from watcher.selection import Kind
from watcher.volume import Sight, Unanswered


class Volume(Protocol):
    def look(self, path: str) -> Sight | None: ...

    def doubt(self) -> Doubt | None: ...


@dataclass(frozen=True, slots=True)
class Looked:
    """`sight` is that of a file; None if there is none, or (not certain) if that is not known."""

    path: str
    asked_s: float
    sight: Sight | None
    is_certain: bool


def look_at(volume: Volume, paths: Sequence[str], clock: Clock) -> list[Looked]:
    """May take as long as the mount does: call it from a thread."""
    looked = []
    believed: bool | None = None
    for path in paths:
        asked_s = clock.monotonic()
        try:
            sight = volume.look(path)
        except Unanswered:
            looked.append(Looked(path, asked_s, None, is_certain=False))
            continue
        if sight is None and believed is None:
            # A lost mount shows nothing, too.
            believed = volume.doubt() is None
        is_file = sight is not None and sight.kind is Kind.FILE
        is_certain = sight is not None or bool(believed)
        looked.append(Looked(path, asked_s, sight if is_file else None, is_certain))
    return looked
