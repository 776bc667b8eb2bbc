"""Pure: what a look into a file found, and how people are told."""

from dataclasses import dataclass
from enum import StrEnum

NOTHING = "Nothing: it is looked at again by itself."


class Outcome(StrEnum):
    CLOSED = "closed"
    """It can be read, and nothing shows that it is not finished."""
    OPEN = "open"
    UNREADABLE = "unreadable"
    SILENT = "silent"
    """The read did not come back."""
    CHANGED = "changed"
    """It is not as it was when it was seen to be quiet, or not there."""
    UPLOADING = "uploading"
    """What is in it is still on its way from the machine that wrote it."""
    BROKEN = "broken"
    """The check has a defect, which must hold no file back."""


_WHY = {
    Outcome.OPEN: "it is still being written, or was left unfinished: {}",
    Outcome.UNREADABLE: "it cannot be read yet: {}",
    Outcome.SILENT: "it cannot be read yet: {}",
    Outcome.CHANGED: "it was not as it had been when it was to be read: {}",
}
_WAITS_FOR = {
    Outcome.OPEN: "whoever writes it to finish: {}",
    Outcome.UNREADABLE: "its content to be readable: {}",
    Outcome.SILENT: "its content to be readable: {}",
    Outcome.CHANGED: "it to stay as it is: {}",
    Outcome.UPLOADING: "its upload from the machine that wrote it: {}",
}
_WHAT_TO_DO = {
    Outcome.OPEN: (
        "Wait for its writer; if that has ended, export it anew. `postflow deliver` with its path sends it as it is."
    ),
    Outcome.UNREADABLE: "Wait for its upload from the other machine; if that is over, let the services' user read it.",
    Outcome.SILENT: "Look at the filespace's client; if it hangs, restart it.",
    Outcome.UPLOADING: "See that the machine that wrote it is on, and that LucidLink's client there goes on uploading.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Attributes:
        seen: what it rests on, as part of a sentence.
    """

    outcome: Outcome
    seen: str

    @property
    def passes(self) -> bool:
        return self.outcome in (Outcome.CLOSED, Outcome.BROKEN)

    @property
    def why(self) -> str:
        """Why the file is not released."""
        return _WHY.get(self.outcome, "{}").format(self.seen)

    @property
    def waits_for(self) -> str:
        return _WAITS_FOR.get(self.outcome, "{}").format(self.seen)

    @property
    def what_to_do(self) -> str:
        return _WHAT_TO_DO.get(self.outcome, NOTHING)
