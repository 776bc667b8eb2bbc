"""Pure: whether what the rules said of a path is still so, and whether two files go to the same place."""

from postflow.destination import Destination
from postflow.routing import Rejected, Rules, Unwatched, route
from watcher.records import FileState


def place_of(destination: Destination) -> tuple[object, ...]:
    return destination.show, destination.route, destination.project, destination.folder, destination.name


def stands(rules: Rules, path: str, state: FileState, reason: str) -> bool:
    match route(rules, path):
        case Unwatched():
            return state is FileState.UNWATCHED
        case Rejected() as rejected:
            return state is FileState.REJECTED and reason_of(rejected) == reason
    return False


def reason_of(rejected: Rejected) -> str:
    return f"{rejected.why}; expected {rejected.expected}"
