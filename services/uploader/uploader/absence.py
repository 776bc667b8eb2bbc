"""Pure: how a file ends that is not on the volume any more as it was announced."""

from dataclasses import dataclass

from postflow.messages import Refusal
from postflow.questions import Whereabouts, WhereaboutsAnswer

ASK_AGAIN_S = 5.0

UNSETTLED_S = 120.0
"""How long the watcher's next looks are waited for; a look at everything on the volume may be among them."""

AWAY_S = 24 * 3600.0
AWAY_AGAIN_S = 60.0
"""How long a volume is waited for that is not there: people hear of that by itself. It is asked again so often then."""

SILENT_S = 600.0
"""How long a watcher is waited for that does not answer."""

BACK_S = 20.0
"""A file that is there again was perhaps only hidden by its mount: it is left in peace for so long."""

WORDS_OF = {"REVISION_CHANGED", "FILE_GONE"}
"""Codes of refusals that the watcher can say more about."""


@dataclass(frozen=True, slots=True)
class Superseded:
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class SendAgain:
    why: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    after_s: float


End = Superseded | Failed | SendAgain | AskAgain

DELETED = Refusal(
    code="FILE_GONE",
    why="the file was deleted while it was on its way",
    what_to_do="Nothing, if that was meant. Otherwise put it back: it is announced again by itself.",
)


def end(answer: WhereaboutsAnswer | None, refusal: Refusal, *, waited_s: float) -> End:
    """What becomes of a file that could not be sent as it was announced.

    Args:
        answer: the watcher's; None when it does not answer.
        refusal: what the fileserver found.
        waited_s: since the watcher was asked first.
    """
    if waited_s < _patience_s(answer):
        return AskAgain(ASK_AGAIN_S if waited_s < UNSETTLED_S else AWAY_AGAIN_S)
    match answer.state if answer else Whereabouts.UNKNOWN:
        case Whereabouts.HERE if waited_s < BACK_S:
            return AskAgain(BACK_S - waited_s)
        case Whereabouts.HERE:
            return SendAgain(f"{refusal.why}, and then it was there again")
        case Whereabouts.CHANGED:
            return Superseded("the file was overwritten while it was on its way; its newer revision follows by itself")
        case Whereabouts.MOVED:
            return Superseded(f"the file was moved to {answer.path if answer else ''} while it was on its way")
        case Whereabouts.GONE:
            return Failed(DELETED)
        case _:
            return Superseded(refusal.why) if refusal.code == "REVISION_CHANGED" else Failed(refusal)


def _patience_s(answer: WhereaboutsAnswer | None) -> float:
    """How long the watcher may go on without an answer that is final."""
    if answer is None:
        return SILENT_S
    if answer.settled:
        return 0.0
    return AWAY_S if answer.state is Whereabouts.UNKNOWN else UNSETTLED_S
