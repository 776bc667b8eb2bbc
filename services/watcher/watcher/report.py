"""Edge: what the watcher says of itself to whoever asks for its health."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from postflow.checks import Check
from postflow.errors import RetryableError
from postflow.mounts import Mount
from postflow.wording import counted
from watcher.contents.finding import Finding
from watcher.guard.shown import Doubt
from watcher.stability import Look, Steadiness

NAMED = 3
"""Of the waiting files."""
PATIENCE_S = 60.0
"""One question may be about a folder of very many files."""

SET_CANARY = (
    "Set it to a path that is always there: else a filespace that is mounted in the place of another one, or only in "
    "part, passes for the right one."
)
RESTART_CLIENT = (
    "Look at the filespace's client; if it hangs, restart it. The watch goes on by itself; if it does not although the "
    "mount answers again, restart this service."
)
CREATE_FOLDER = "Create it, or correct the rules; it is watched as soon as it is there."


class Walks(Protocol):
    @property
    def doubt(self) -> Doubt | None: ...

    @property
    def tops(self) -> dict[str, str]: ...

    @property
    def missing(self) -> Collection[str]: ...


class Follows(Protocol):
    def candidates(self) -> Iterable[tuple[str, Steadiness]]: ...


class Counts(Protocol):
    def count(self) -> int: ...


class Looks(Protocol):
    mount: Mount | None

    def volume(self, seen: Check) -> Check: ...

    def lucidlink(self) -> Check: ...


class Report:
    """
    Args:
        finding: what was found in a file, as it looks.
        unanswered_s: for how long the volume has kept somebody waiting.
        canary: VOLUME_CANARY.
        hears: what is to be said of LucidLink besides its mount.
    """

    def __init__(
        self,
        walking: Walks,
        attention: Follows,
        ledger: Counts,
        mounted: Looks,
        finding: Callable[[str, Look], Finding | None],
        *,
        unanswered_s: Callable[[], float],
        canary: str | None,
        hears: Sequence[Callable[[], Check]] = (),
    ) -> None:
        self._walking = walking
        self._attention = attention
        self._ledger = ledger
        self._mounted = mounted
        self._finding = finding
        self._unanswered_s = unanswered_s
        self._canary = canary
        self._hears = hears

    def volume(self) -> Check:
        """The mount, and the right to read it."""
        return self._mounted.volume(self._listed())

    def _listed(self) -> Check:
        doubt, unanswered_s = self._walking.doubt, self._unanswered_s()
        if unanswered_s > PATIENCE_S:
            return Check(False, f"the volume has given no answer for {unanswered_s:.0f} s", RESTART_CLIENT)
        if doubt is None or doubt.is_of_canary:
            return Check(True, "it can be listed")
        return Check(not doubt.is_alarming, doubt.why, doubt.what_to_do)

    def canary(self) -> Check:
        """Whether the path that must be there is there."""
        doubt, mount = self._walking.doubt, self._mounted.mount
        if self._canary is None:
            is_wanted = mount is not None and mount.is_fuse
            return Check(True, "VOLUME_CANARY is not set", SET_CANARY if is_wanted else "")
        if doubt is None:
            return Check(True, f"{self._canary} is there")
        if doubt.is_of_canary:
            return Check(False, doubt.why, doubt.what_to_do)
        return Check(True, f"nobody can tell whether {self._canary} is there: the volume cannot be read")

    def lucidlink(self) -> Check:
        """For people; never a reason not to be ready."""
        checks = [self._mounted.lucidlink(), *(hears() for hears in self._hears)]
        details, to_do = [check.detail for check in checks], [check.what_to_do for check in checks]
        return Check(True, "; ".join(filter(None, details)), " ".join(filter(None, to_do)))

    def progress(self) -> Check:
        """How far it is; not well only if no folder at all is watched, because none of them is there."""
        missing = sorted(self._walking.missing)
        parts = [f"watching {counted(len(self._walking.tops), 'folder')}"]
        parts += [f"not there: {', '.join(missing)}"] if missing else []
        parts += [f"{self._known()} known", self._waiting()]
        is_watching = bool(self._walking.tops) or not missing
        return Check(is_watching, ", ".join(parts), CREATE_FOLDER if missing else "")

    def _known(self) -> str:
        try:
            return f"{self._ledger.count():,}"
        except RetryableError:
            return "an unknown number"

    def _waiting(self) -> str:
        quiet: list[str] = []
        unfinished: list[str] = []
        for path, steady in self._attention.candidates():
            found = self._finding(path, steady.look)
            (quiet if found is None or found.passes else unfinished).append(path)
        told = [f"{len(quiet):,} waiting: {_named(quiet)} for quiet"] if quiet else []
        told += [f"{len(unfinished):,} not finished or not readable: {_named(unfinished)}"] if unfinished else []
        return ", ".join(told) or "none waiting"


def _named(paths: Sequence[str]) -> str:
    return ", ".join(paths[:NAMED]) + (f" and {len(paths) - NAMED:,} more" if len(paths) > NAMED else "")
