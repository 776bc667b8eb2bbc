"""Edge: what a person orders to be released, whatever was decided before, but not twice by mistake."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from postflow.desk import DeliverAnswer
from postflow.destination import Destination
from postflow.logs import get_logger
from postflow.pauses import Pauses
from postflow.routing import Rejected, Routed, Rules, Unwatched, route
from watcher.places import NoPlace, Volume, inside, spelled
from watcher.records import Released, RevisionState
from watcher.release import Sighting
from watcher.selection import Kind, Selection
from watcher.stability import Look, Steadiness
from watcher.volume import Unanswered

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """Release the file that a person means by `given`.

    Attributes:
        again: also if it is on its way or was delivered.
        only: if it is still this revision.
    """

    given: str
    again: bool = False
    only: str | None = None


class Ledger(Protocol):
    """Every call raises LedgerUnavailable."""

    def revision(self, file_id: str) -> Released | None: ...


class Sends(Protocol):
    def about(self, sighting: Sighting, at: datetime) -> dict[str, object]: ...

    def send(self, about: dict[str, object], look: Look, destination: Destination, earlier: Released | None) -> int: ...


class Orders:
    """May block for as long as a disk does: call it from a thread, from one at a time."""

    def __init__(
        self,
        root: str,
        rules: Callable[[], Rules],
        volume: Volume,
        ledger: Ledger,
        release: Sends,
        pauses: Callable[[], Pauses],
    ) -> None:
        self._root = root
        self._rules = rules
        self._selection = Selection(rules)
        self._volume = volume
        self._ledger = ledger
        self._release = release
        self._pauses = pauses

    def carry_out(
        self, order: Order, candidates: Callable[[str], Steadiness | None], at: datetime
    ) -> tuple[DeliverAnswer, Look | None]:
        """What became of it, and the look at which the file was released.

        Args:
            candidates: the files that wait for their quiet time.

        Raises:
            LedgerUnavailable: nothing was done.
        """
        try:
            path, sight = spelled(self._volume, inside(self._volume, order.given, self._root))
        except NoPlace as error:
            return refused(order.given, str(error)), None
        except Unanswered as error:
            return refused(order.given, f"the volume gives no answer: {error}", "Look at `postflow doctor`."), None
        if doubt := self._volume.doubt():
            return refused(path, f"the volume is not believed now: {doubt.why}", doubt.what_to_do), None
        if sight is None:
            return refused(path, "there is no such file", "Check the path, and that the volume is mounted."), None
        if sight.kind is Kind.FOLDER:
            return refused(path, "it is a folder", "Give the path of a file."), None
        if ignored := self._selection.why_not_file(path, sight.kind, sight.look.size_bytes):
            return refused(path, ignored.reason, f"`postflow why {path}` says more."), None
        if unreadable := self._volume.why_not_readable(path):
            return refused(path, f"it cannot be read: {unreadable}", "Let the services' user read it."), None
        waits = candidates(path)
        sighting = Sighting(path, sight.look, waits.changed_at if waits else at)
        return self._judge(order, sighting, at, is_quiet=waits is None), sight.look

    def _judge(self, order: Order, sighting: Sighting, at: datetime, *, is_quiet: bool) -> DeliverAnswer:
        verdict = route(self._rules(), sighting.path)
        match verdict:
            case Unwatched(reason):
                return refused(sighting.path, f"no rule wants it: {reason}", "Put it into a watch folder.")
            case Rejected():
                return refused(sighting.path, f"the rules reject it: {verdict.why}", f"Make it {verdict.expected}.")
            case Routed(destination):
                return self._send(order, sighting, destination, at, is_quiet)

    def _send(
        self, order: Order, sighting: Sighting, destination: Destination, at: datetime, is_quiet: bool
    ) -> DeliverAnswer:
        path, about = sighting.path, self._release.about(sighting, at)
        file_id = str(about["file_id"])
        if order.only not in (None, file_id):
            return refused(path, "the file is not as it was then", "As it is now it is sent by itself.", file_id)
        pauses = self._pauses()
        if held := pauses.why(destination.show, destination.route):
            return refused(path, held, pauses.what_to_do, file_id)
        earlier = self._ledger.revision(file_id)
        if earlier is not None and (known := _known(earlier, order.again)):
            return refused(path, *known, file_id)
        attempt = self._release.send(about, sighting.look, destination, earlier)
        logger.info("ordered by a person", action="ordered", file_id=file_id, path=path, attempt=attempt)
        place = "/".join((destination.project, *destination.folder, destination.name))
        said = f"released as attempt {attempt}, to {place}"
        if not is_quiet:
            said += "; it is not known to have stopped changing: if it changes again, it is sent again"
        return DeliverAnswer(done=True, path=path, said=said, file_id=file_id, attempt=attempt)


def refused(path: str, said: str, what_to_do: str = "", file_id: str | None = None) -> DeliverAnswer:
    return DeliverAnswer(done=False, path=path, said=said, what_to_do=what_to_do, file_id=file_id)


def _known(earlier: Released, again: bool) -> tuple[str, str] | None:
    """Why it is not released once more, and what to do."""
    match earlier.state:
        case RevisionState.RELEASING:
            return "it is being released just now", "Wait; `postflow why` tells how it goes on."
        case RevisionState.READY if not again:
            return f"it is on its way as attempt {earlier.attempt}", "Wait, or start it anew with --again."
        case RevisionState.DELIVERED if not again:
            return f"it was delivered as attempt {earlier.attempt}", "Send it once more all the same with --again."
    return None
