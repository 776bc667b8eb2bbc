"""Pure: what the commands answer. `--json` prints these as they are."""

from collections.abc import Mapping

from pydantic import AwareDatetime, Field

from console.aside import Became
from console.lines import Line, State
from console.story import Chapter
from postflow.desk import DeliverAnswer, WaitingFile, WhyAnswer
from postflow.destination import Frozen
from postflow.pauses import Pause, Pauses


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
        put_aside: how many messages were, and were not shown again or let go of since.
        held: how many files wait for a person's word, because very many turned new at once.
    """

    files: tuple[Standing, ...]
    waiting: int | None
    waiting_oldest: tuple[WaitingFile, ...] = ()
    pauses: tuple[Pause, ...] = ()
    put_aside: int = 0
    held: int = 0


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


class Resumed(Pauses):
    """What is paused then.

    Attributes:
        ended: the pauses that have.
        taken_up: how many were held back, and go the way of any file now.
        left: how many were left alone.
        held: how many are held back still; None if nobody can say.
        volume: what is taken for the right one from now on; None if nobody said so.
    """

    ended: tuple[Pause, ...] = ()
    taken_up: int = 0
    left: int = 0
    held: int | None = 0
    volume: str | None = None


class Retried(Frozen):
    files: tuple[DeliverAnswer, ...]


class PutAside(Frozen):
    """A message that a reader could not handle.

    Attributes:
        message: its number in the stream.
        about: the path of its file, or its subject where none can be told.
        became: what became of it since.
    """

    message: int
    at: AwareDatetime
    reader: str
    about: str
    file_id: str | None
    code: str
    why: str
    what_to_do: str
    became: Became


class Parked(Frozen):
    messages: tuple[PutAside, ...]


class Looked(Frozen):
    """One message as it stands in the stream.

    Attributes:
        subject: None if it is gone from there; then the rest of it is empty.
        put_aside: by whom, and why; one for each reader.
    """

    message: int
    subject: str | None = None
    at: AwareDatetime | None = None
    headers: Mapping[str, str] = Field(default_factory=dict)
    body: str = ""
    put_aside: tuple[PutAside, ...]


class Settled(Frozen):
    """What was done with a message for one of its readers.

    Attributes:
        done: whether it is as it was asked for, be it that it was so before.
    """

    message: int
    reader: str
    done: bool
    said: str
    what_to_do: str = ""


class AllSettled(Frozen):
    messages: tuple[Settled, ...]
