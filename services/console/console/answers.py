"""Pure: what the commands answer. `--json` prints these as they are."""

from pydantic import AwareDatetime

from console.lines import Line, State
from console.story import Chapter
from postflow.desk import DeliverAnswer, WaitingFile, WhyAnswer
from postflow.destination import Frozen
from postflow.pauses import Pause


class Doctor(Frozen):
    checks: tuple[Line, ...]

    @property
    def is_well(self) -> bool:
        return all(line.state is not State.RED for line in self.checks)


class Standing(Frozen):
    """All files in one state, and the oldest of them."""

    state: str
    count: int
    oldest_at: AwareDatetime
    oldest: str
    """Its path, or its id if its message is gone."""


class Status(Frozen):
    """
    Attributes:
        waiting: how many files the watcher waits for; None if it does not answer.
    """

    files: tuple[Standing, ...]
    waiting: int | None
    waiting_oldest: tuple[WaitingFile, ...] = ()
    pauses: tuple[Pause, ...] = ()


class Story(Frozen):
    """
    Attributes:
        watcher: what it says of the file; None if it does not answer.
    """

    asked: str
    watcher: WhyAnswer | None
    chapters: tuple[Chapter, ...]

    @property
    def is_found(self) -> bool:
        return bool(self.chapters) or (self.watcher is not None and self.watcher.state != "unknown")


class Retried(Frozen):
    files: tuple[DeliverAnswer, ...]
