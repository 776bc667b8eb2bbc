"""Edge: why a file is where it is, or why it is not there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from postflow import identity
from postflow.checks import Check
from postflow.desk import KnownRevision, WhyAnswer
from postflow.pauses import Pauses
from postflow.routing import Rejected, Routed, Rules, Unwatched, route
from watcher.attention import Patience as HowQuiet
from watcher.contents.finding import Finding, Outcome
from watcher.folder import Folder
from watcher.folder import Volume as Lists
from watcher.held import WHAT_TO_DO
from watcher.history import Noted
from watcher.places import NoPlace, inside, spelled
from watcher.places import Volume as Finds
from watcher.records import FileState, RevisionState
from watcher.selection import EMPTY, Ignored, Kind, Selection
from watcher.stability import Look, Steadiness
from watcher.uploads import UPLOADING
from watcher.volume import Sight, Unanswered

DELIVER = "If it should be sent: `postflow deliver` with its path."
WATCH_IT = "If it should be sent: a watch folder in the rules, or another glob."

HELD = f"{WHAT_TO_DO} To send this one alone: `postflow deliver` with its path."

Told = tuple[str, str, str]
"""State, why, and what to do."""


class Volume(Finds, Lists, Protocol):
    """Raises Unanswered."""


class History(Protocol):
    """Every call raises LedgerUnavailable."""

    def noted(self, path: str) -> Noted | None: ...

    def of_path(self, path: str) -> tuple[KnownRevision, ...]: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a file waits when all is well."""

    quiet: HowQuiet
    scan_names_s: float


class Why:
    """May block for as long as a disk does: call it from a thread.

    Args:
        uploading: why a path waits for LucidLink; empty if it does not.
    """

    def __init__(
        self,
        root: str,
        volume: Volume,
        history: History,
        rules: Callable[[], Rules],
        selection: Selection,
        patience: Patience,
        pauses: Callable[[], Pauses],
        finding: Callable[[str, Look], Finding | None],
        crowd: Callable[[str], int],
        *,
        filespace: str,
        uploading: Callable[[str, Look], str] = lambda path, look: "",
        ledger: Callable[[], Check] = lambda: Check(True, ""),
    ) -> None:
        """
        Args:
            finding: what was found in a file, as it looks.
            crowd: how many known files turned new together with one that waits for it to show; 0 if it does not.
            ledger: whether it takes what is written: else nothing can be decided.
        """
        self._root = root
        self._volume = volume
        self._history = history
        self._rules = rules
        self._selection = selection
        self._patience = patience
        self._pauses = pauses
        self._finding = finding
        self._crowd = crowd
        self._filespace = filespace
        self._uploading = uploading
        self._ledger = ledger

    def about(self, given: str, candidates: Callable[[str], Steadiness | None]) -> WhyAnswer:
        """
        Args:
            given: absolute on the mount, or inside the filespace.
            candidates: the files that wait for their quiet time.

        Raises:
            LedgerUnavailable
        """
        sight: Sight | None = None
        try:
            path, sight = spelled(self._volume, inside(self._volume, given, self._root))
        except NoPlace as error:
            return WhyAnswer(path="", state="unknown", why=str(error))
        except Unanswered as error:
            path, (state, why, what_to_do) = given, ("unknown", f"the volume gives no answer: {error}", "Look at it.")
        else:
            state, why, what_to_do = self._doubt() or self._tell(path, sight, candidates(path))
        if state == "folder":
            told = Folder(self._volume, self._selection, lambda one, seen: self._tell(one, seen, candidates(one))[:2])
            within, is_all = told.rows(path)
            return WhyAnswer(path=path, state=state, why=why, what_to_do=what_to_do, inside=within, is_all=is_all)
        revisions = self._history.of_path(path)
        file_id = self._file_id(path, sight.look) if sight and sight.kind is Kind.FILE else None
        return WhyAnswer(path=path, state=state, why=why, what_to_do=what_to_do, file_id=file_id, revisions=revisions)

    def _file_id(self, path: str, look: Look) -> str:
        return identity.file_id(self._filespace, path, look.size_bytes, look.mtime_ns)

    def _doubt(self) -> Told | None:
        doubt = self._volume.doubt()
        return ("unknown", f"the volume is not believed now: {doubt.why}", doubt.what_to_do) if doubt else None

    def _tell(self, path: str, sight: Sight | None, waits: Steadiness | None) -> Told:
        if sight is None:
            return "unknown", "there is no such file", "Check the path; upper and lower case count."
        if sight.kind is Kind.FOLDER:
            return "folder", "what is in and below it", "`postflow why` with the path of a file says more about it."
        if waits is not None:
            found, ledger = self.obstacle(path, waits), self._ledger()
            what_to_do = ledger.what_to_do or (found.what_to_do if found else "")
            return "waiting", self.why_waiting(path, waits), what_to_do
        noted = self._history.noted(path)
        if noted is not None and noted.state is not FileState.WAITING:
            return self._noted(path, sight, noted)
        if sight.kind is Kind.LINK:
            return (
                "ignored",
                "it is a symbolic link, and none is followed",
                "If it should be sent: put the file itself there.",
            )
        ignored = self._selection.why_not_file(path, sight.kind, sight.look.size_bytes)
        if ignored is not None:
            return self._ignored(path, ignored)
        every_s = self._patience.scan_names_s
        return "unseen", f"it has not been looked at yet; new names are looked for every {every_s:g} s", DELIVER

    def why_waiting(self, path: str, waits: Steadiness) -> str:
        if not (ledger := self._ledger()).ok:
            return f"nothing can be decided for now: {ledger.detail}"
        if held := self._held(path):
            return held
        if said := self._uploading(path, waits.look):
            return said
        if found := self.obstacle(path, waits):
            return found.why
        if others := self._crowd(path):
            return f"it is one of {others} known files that turned new at once: it waits a minute, lest it be very many"
        quiet = self._patience.quiet.of(waits.look.size_bytes)
        return (
            f"it changed at {waits.changed_at:%H:%M:%S} UTC last, and is released when it has not changed for "
            f"{quiet.quiet_s:g} s over {quiet.samples} looks"
        )

    def _held(self, path: str) -> str | None:
        verdict = route(self._rules(), path)
        if not isinstance(verdict, Routed):
            return None
        return self._pauses().why(verdict.destination.show, verdict.destination.route)

    def obstacle(self, path: str, waits: Steadiness) -> Finding | None:
        """What in the file, or on its way to us, holds it back; None if it is something else."""
        if self._held(path):
            return None
        if self._uploading(path, waits.look) == UPLOADING:
            return Finding(Outcome.UPLOADING, UPLOADING)
        found = self._finding(path, waits.look)
        return found if found is not None and not found.passes else None

    def _ignored(self, path: str, ignored: Ignored) -> Told:
        verdict = route(self._rules(), path)
        if isinstance(verdict, Unwatched):
            return "ignored", ignored.reason, WATCH_IT
        if ignored.reason == EMPTY:
            return "ignored", ignored.reason, "Nothing: it is looked at again as soon as something is written to it."
        return "ignored", ignored.reason, "If it should be sent: give it a name that counts."

    def _noted(self, path: str, sight: Sight, noted: Noted) -> Told:
        if not sight.look.is_revision(*noted.revision):
            return "unseen", "it has changed since it was decided about, and will be looked at again", DELIVER
        match noted.state:
            case FileState.REJECTED:
                verdict = route(self._rules(), path)
                expected = verdict.expected if isinstance(verdict, Rejected) else "what the rules say"
                return "rejected", noted.reason, f"Make it {expected}; or change the rules."
            case FileState.MOVED:
                return "moved", f"{noted.reason}; it is not sent again", DELIVER
            case FileState.HELD:
                return "waiting", noted.reason, HELD
            case FileState.IGNORED:
                return "ignored", noted.reason, DELIVER
            case FileState.UNWATCHED:
                return "ignored", noted.reason, WATCH_IT
        return self._released(path)

    def _released(self, path: str) -> Told:
        revisions = self._history.of_path(path)
        if not revisions:
            return "ready", "it was released", ""
        last = revisions[-1]
        if last.state == RevisionState.FAILED:
            return "failed", last.reason, f"When that is mended: `postflow retry {last.file_id}`."
        told = {
            RevisionState.RELEASING: ("ready", "it is being released"),
            RevisionState.READY: ("ready", "it was released and is on its way"),
            RevisionState.DELIVERED: ("delivered", "it was delivered"),
            RevisionState.SUPERSEDED: ("superseded", last.reason),
        }
        state, why = told[RevisionState(last.state)]
        return state, f"{why} (attempt {last.attempt})", ""
