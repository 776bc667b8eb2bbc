"""Pure: what a message means, in words for somebody who watches."""

from dataclasses import dataclass
from enum import Enum

from postflow.messages import (
    Condition,
    ConditionState,
    FileDelivered,
    FileExposed,
    FileFailed,
    FilePlayable,
    FileReady,
    FileRejected,
    FileStale,
    FileSuperseded,
    FileWaiting,
    Message,
    Parked,
)
from postflow.wording import size


class Tone(Enum):
    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a story: the step in a word, and what happened."""

    step: str
    text: str
    tone: Tone = Tone.PLAIN


class Stage(Enum):
    """How far a file has come; the value says where it stands when it goes no further."""

    UNSEEN = "the watcher has not spoken of it yet"
    SEEN = "the watcher has seen it, and has not released it"
    READY = "the watcher has released it, and the fileserver has not opened an address for it"
    EXPOSED = "it has an address, and Frame.io has not fetched from it"
    PULLED = "Frame.io has begun to fetch it, and has not come to its end"
    FETCHED = "Frame.io has fetched it, and the uploader has not found it complete there"
    DELIVERED = "it is delivered"
    ENDED = "it will not be delivered"


ENDINGS = (Stage.DELIVERED, Stage.ENDED)

_STAGES: dict[type[Message], Stage] = {
    FileReady: Stage.READY,
    FileExposed: Stage.EXPOSED,
    FileDelivered: Stage.DELIVERED,
    FilePlayable: Stage.DELIVERED,
    FileSuperseded: Stage.ENDED,
    FileFailed: Stage.ENDED,
    FileRejected: Stage.ENDED,
}


def stage_of(message: Message) -> Stage | None:
    """None for a message that leaves a file where it was."""
    return _STAGES.get(type(message))


def told(message: Message) -> Told | None:
    """None for what is shown in another way, or not at all. An address is never part of it: it is signed."""
    match message:
        case FileReady():
            return Told("ready", _ready(message))
        case FileExposed():
            return _exposed(message)
        case FileStale():
            return Told("again", f"another address is needed: {message.why}")
        case FileDelivered():
            return Told("verified", f"Frame.io has all of it, {size(message.size_bytes)}, and nothing else", Tone.GOOD)
        case FilePlayable():
            return Told("playable", "transcoded: ready to watch", Tone.GOOD)
        case FileSuperseded():
            return Told("superseded", message.why)
        case FileFailed():
            return Told("failed", f"{message.why}. {message.what_to_do}", Tone.BAD)
        case FileRejected():
            return Told("rejected", f"{message.why}; right would be {message.expected}", Tone.BAD)
        case FileWaiting():
            return Told("waiting", f"still, for {message.waiting_for}")
        case Condition():
            return _condition(message)
        case Parked():
            return Told(
                "parked", f"{message.durable} put a message aside: {message.why}. {message.what_to_do}", Tone.BAD
            )
        case _:
            return None


def duration(seconds: float) -> str:
    """`4 ms`, `0.23 s`, `12.4 s`, `3 min 20 s`."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"


def _ready(message: FileReady) -> str:
    destination = message.destination
    where = " / ".join((destination.project, *destination.folder))
    complete = f"complete, {size(message.size_bytes)}; it goes to {where}"
    if destination.inbox_reason is not None:
        return f"{complete}, because {destination.inbox_reason}"
    return f"{complete} (route {destination.route})"


def _exposed(message: FileExposed) -> Told:
    if message.refusal is not None:
        return Told("refused", f"{message.refusal.why}. {message.refusal.what_to_do}", Tone.BAD)
    if message.public_url is None:
        return Told("signed", "an address for reading inside only: there is no public one now")
    return Told("signed", "an address of its own, for this attempt alone; whoever has it can read, so it stays hidden")


def _condition(message: Condition) -> Told:
    if message.state is ConditionState.CLEARED:
        return Told("all right", message.what, Tone.GOOD)
    return Told("trouble", f"{message.what}. {message.what_to_do}", Tone.BAD)
