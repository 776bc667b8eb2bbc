"""Pure: what the operator's desk asks of the watcher, and the answers. Each fits into one message of NATS."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from postflow.destination import Frozen

ASK_WHY = "postflow.ask.watcher.why"
ASK_WAITING = "postflow.ask.watcher.waiting"
ASK_DELIVER = "postflow.ask.watcher.deliver"
ASK_RETRY = "postflow.ask.watcher.retry"
ASK_HELD = "postflow.ask.watcher.held"
ASK_REHEARSE = "postflow.ask.watcher.rehearse"
ASK_VOLUME = "postflow.ask.watcher.volume"

MOST_ANSWERED_BYTES = 500_000
"""Of what grows with the number of files; NATS takes 1 MB."""

MOST_RULES_BYTES = 500_000


def fit_for_a_question(rules: str) -> str:
    """The same. Raises ValueError."""
    if (held_bytes := len(rules.encode())) > MOST_RULES_BYTES:
        raise ValueError(f"{held_bytes:,} bytes are too many for rules; {MOST_RULES_BYTES:,} is the most")
    return rules


class WhyQuestion(Frozen):
    """What do you know of this file? One of both is given."""

    path: str | None = None
    """Absolute on the mount, or inside the filespace."""
    file_id: str | None = None


class KnownRevision(Frozen):
    """A revision that was released."""

    file_id: str
    path: str
    attempt: int
    state: str
    reason: str = ""
    released_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class InFolder(Frozen):
    """A file in or below a folder, or a numbered sequence of images.

    Attributes:
        state: as in `WhyAnswer`.
        frames: of a sequence; 1 for any other file.
    """

    path: str
    state: str
    why: str = ""
    frames: int = 1


class WhyAnswer(Frozen):
    """
    Attributes:
        path: inside the filespace; empty if the question names no file that we know of.
        state: one of the glossary's, `unseen`, `unknown`, or `folder`.
        file_id: of the file as it is now.
        revisions: the newest last.
        inside: of a folder.
        is_all: whether there is no more in the folder.
    """

    path: str
    state: str
    why: str
    what_to_do: str = ""
    file_id: str | None = None
    revisions: tuple[KnownRevision, ...] = ()
    inside: tuple[InFolder, ...] = ()
    is_all: bool = True


class WaitingQuestion(Frozen):
    """Which files wait, the oldest first?"""

    limit: int = Field(default=20, ge=1, le=500)


class WaitingFile(Frozen):
    path: str
    since: AwareDatetime
    why: str


class WaitingAnswer(Frozen):
    """
    Attributes:
        routes: of the rules in force, as `show/route`.
        held: how many files are held until a person has said what to do with them; they are not among the others.
    """

    total: int
    files: tuple[WaitingFile, ...]
    routes: tuple[str, ...]
    held: int = 0


class DeliverQuestion(Frozen):
    """Release this file now.

    Attributes:
        again: also if it is on its way or was delivered.
    """

    path: str
    again: bool = False


class DeliverAnswer(Frozen):
    """
    Attributes:
        done: whether it was released.
        said: what was done, or why not.
    """

    done: bool
    path: str
    said: str
    what_to_do: str = ""
    file_id: str | None = None
    attempt: int = 0


class RetryQuestion(Frozen):
    """Release this failed revision once more; without an id a few of those that failed.

    Attributes:
        after: goes on after this id.
    """

    file_id: str | None = None
    after: str = ""


class RetryAnswer(Frozen):
    """
    Attributes:
        after: where to go on; None when there are no more.
    """

    results: tuple[DeliverAnswer, ...]
    after: str | None = None


class HeldQuestion(Frozen):
    """Hold nothing back any more: let it go the way of any file, or leave it alone."""

    leave: bool = False


class HeldAnswer(Frozen):
    """
    Attributes:
        taken_up: how many are sent when they have stopped changing and are whole.
        left: how many were left alone.
        problem: why nothing was done.
    """

    taken_up: int = 0
    left: int = 0
    problem: str = ""


class VolumeQuestion(Frozen):
    """The volume is right as it is mounted now, even if it was another one before."""


class VolumeAnswer(Frozen):
    """
    Attributes:
        was: what had to be mounted until then; None if anything might.
        now: what has to be from now on.
        problem: why nothing was done.
    """

    was: str | None = None
    now: str | None = None
    problem: str = ""


class RehearseQuestion(Frozen):
    """Where would each file go? Nothing is sent.

    Attributes:
        rules: the text of a `postflow.toml`; None for the rules in force.
        folder: absolute on the mount, or inside the filespace; empty for every watch folder.
        after: goes on after this path.
    """

    rules: Annotated[str, AfterValidator(fit_for_a_question)] | None = None
    folder: str = ""
    after: str | None = None


class Rehearsed(Frozen):
    """
    Attributes:
        outcome: `delivered`, `inbox`, `rejected` or `ignored`.
        to: where it would go, or what would have been right.
        why: empty for what would be delivered.
        frames: of a numbered sequence, which is told as one; 1 for any other file.
    """

    path: str
    outcome: str
    route: str = ""
    to: str = ""
    why: str = ""
    frames: int = 1


class RehearseAnswer(Frozen):
    """
    Attributes:
        problems: mistakes in the rules, or why nothing could be looked at; then nothing else is said.
        unanswered: folders that gave no answer, and why.
        after: where to go on; None at the end.
    """

    problems: tuple[str, ...] = ()
    files: tuple[Rehearsed, ...] = ()
    unanswered: tuple[str, ...] = ()
    after: str | None = None
