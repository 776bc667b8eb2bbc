"""Pure: what was put aside, and what became of it: a fold over the stream."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from console.standing import FILE_ID, attempt_of
from postflow.destination import Frozen
from postflow.messages import Parked
from postflow.topology import DURABLES, again_subject

OVER = ("delivered", "playable", "superseded")


class Became(StrEnum):
    ASIDE = "aside"
    FAILED = "failed"
    """Still put aside, and its file has failed with it: showing it again would go on with an attempt that has ended."""
    RETRIED = "retried"
    OVERTAKEN = "overtaken"
    """Its file has arrived, or a later attempt carries it."""
    LET_GO = "let go"

    @property
    def is_open(self) -> bool:
        return self in (Became.ASIDE, Became.FAILED)


class LetGo(Frozen):
    """What a person has let go of: the places, in the stream, of the notes that tell of it."""

    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """That a message was put aside, and where the stream holds this."""

    place: int
    parked: Parked

    @property
    def file_id(self) -> str | None:
        last = self.parked.original_subject.rsplit(".", 1)[-1]
        is_of_file = self.parked.original_subject.startswith("postflow.file.")
        return last if is_of_file and FILE_ID.fullmatch(last) else None

    @property
    def carried(self) -> str | None:
        """The id of the file that does not arrive without this message."""
        durable = DURABLES.get(self.parked.durable)
        return self.file_id if durable is not None and durable.carries else None


@dataclass(frozen=True, slots=True)
class Aside:
    note: Note
    became: Became


@dataclass(frozen=True, slots=True)
class _Word:
    """What the stream says of a file."""

    state: str
    attempt: int
    sequence: int


class Fold:
    """First take every note, then read `subjects` and take what is there, in any order."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, int], Note] = {}
        self._retried_at: dict[str, int] = {}
        self._words: dict[str, list[_Word]] = {}

    def note(self, place: int, parked: Parked) -> None:
        """The last one about a message counts: it was put aside again."""
        self._notes.pop((parked.durable, parked.sequence), None)
        self._notes[parked.durable, parked.sequence] = Note(place, parked)

    def subjects(self) -> list[str]:
        files = dict.fromkeys(note.carried for note in self._notes.values() if note.carried)
        about_files = [f"postflow.file.{tail}.{file_id}" for file_id in files for tail in ("*", "*.*")]
        return [again_subject(*key) for key in self._notes] + about_files

    def take(self, subject: str, sequence: int, dedupe_id: str) -> None:
        parts = subject.split(".")
        if parts[1] == "again":
            self._retried_at[subject] = max(sequence, self._retried_at.get(subject, 0))
        elif parts[1] == "file":
            self._words.setdefault(parts[-1], []).append(_Word(parts[2], attempt_of(dedupe_id), sequence))

    def all(self, let_go: Collection[int]) -> Iterator[Aside]:
        """In the order in which they were put aside. `let_go`: the places of notes."""
        for note in self._notes.values():
            yield Aside(note, self._became(note, let_go))

    def _became(self, note: Note, let_go: Collection[int]) -> Became:
        if self._retried_at.get(again_subject(note.parked.durable, note.parked.sequence), 0) > note.place:
            return Became.RETRIED
        words = self._words.get(note.carried or "", [])
        attempt = next((word.attempt for word in words if word.sequence == note.parked.sequence), 0)
        later = [word for word in words if word.sequence > note.parked.sequence and word.attempt >= attempt]
        if any(word.state in OVER or (word.state == "ready" and word.attempt > attempt) for word in later):
            return Became.OVERTAKEN
        if note.place in let_go:
            return Became.LET_GO
        return Became.FAILED if any(word.state == "failed" for word in later) else Became.ASIDE


def way_on(aside: Aside, *, is_there: bool) -> str:
    """What a person should do about a message, in one or two sentences.

    Args:
        is_there: the stream still has the message itself.
    """
    note = aside.note.parked
    if not aside.became.is_open:
        return ""
    first = f"{note.what_to_do.removesuffix('.')}. After that:"
    if aside.became is Became.FAILED:
        return f"{first} `postflow retry {aside.note.file_id}`, a new attempt."
    if note.durable not in DURABLES or not is_there:
        return f"Nobody can be shown it again: `postflow parked {note.sequence} --let-go`."
    return f"{first} `postflow parked {note.sequence} --retry`."
