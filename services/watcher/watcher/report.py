"""Edge: what the watcher says of itself to whoever asks for its health."""

from collections.abc import Collection, Iterable
from typing import Protocol

from postflow.errors import RetryableError
from postflow.health import Check
from watcher.stability import Steadiness
from watcher.volume import Doubt

NAMED = 3
"""Of the waiting files."""
PATIENCE_S = 60.0
"""One question may be about a folder of very many files."""


class Walks(Protocol):
    @property
    def doubt(self) -> Doubt | None: ...

    @property
    def unanswered_s(self) -> float: ...

    @property
    def tops(self) -> dict[str, str]: ...

    @property
    def missing(self) -> Collection[str]: ...


class Follows(Protocol):
    def candidates(self) -> Iterable[tuple[str, Steadiness]]: ...


class Counts(Protocol):
    def count(self) -> int: ...


class Report:
    def __init__(self, walking: Walks, attention: Follows, ledger: Counts) -> None:
        self._walking = walking
        self._attention = attention
        self._ledger = ledger

    def volume(self) -> Check:
        doubt = self._walking.doubt
        if self._walking.unanswered_s > PATIENCE_S:
            return Check(
                False,
                f"the volume has given no answer for {self._walking.unanswered_s:.0f} s",
                "Look at the filespace's client; if it hangs, restart it, and then this service.",
            )
        if doubt is None:
            return Check(True, "readable")
        return Check(not doubt.is_alarming, doubt.why, doubt.what_to_do)

    def progress(self) -> Check:
        """For people; never a reason not to be ready."""
        missing = sorted(self._walking.missing)
        parts = [f"watching {counted(len(self._walking.tops), 'folder')}"]
        parts += [f"not there: {', '.join(missing)}"] if missing else []
        parts += [f"{self._known()} known", self._waiting()]
        return Check(True, ", ".join(parts))

    def _known(self) -> str:
        try:
            return f"{self._ledger.count():,}"
        except RetryableError:
            return "an unknown number"

    def _waiting(self) -> str:
        paths = [path for path, _ in self._attention.candidates()]
        if not paths:
            return "none waiting"
        named = ", ".join(paths[:NAMED]) + (f" and {len(paths) - NAMED:,} more" if len(paths) > NAMED else "")
        return f"{len(paths):,} waiting: {named} for quiet"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
