"""Pure: how far an attempt has come, as the stream tells it, and who should be at it."""

from collections.abc import Iterable
from dataclasses import dataclass

from postflow.destination import Lane
from postflow.messages import (
    FileDelivered,
    FileEnded,
    FileExposed,
    FileFailed,
    FileReady,
    FileStale,
    FileSuperseded,
    RoutedMessage,
)
from watcher.records import RevisionState

EXPOSE = {Lane.SMALL: "fileserver-expose-small", Lane.LARGE: "fileserver-expose-large"}


@dataclass(frozen=True, slots=True)
class Told:
    """A message and its place in the stream."""

    sequence: int
    message: RoutedMessage


def newest(story: Iterable[Told], attempt: int) -> Told | None:
    """How far it has come since this attempt was released; None if the stream knows of nothing.

    What ended has ended, whatever was published after it.
    """
    since = [told for told in story if told.message.attempt >= attempt]
    if not since:
        return None
    return max(since, key=lambda told: (told.message.attempt, isinstance(told.message, FileEnded), told.sequence))


def ending_of(ended: FileEnded) -> tuple[RevisionState, str]:
    """What the ledger holds of it, and why if that is not plain."""
    match ended:
        case FileDelivered():
            return RevisionState.DELIVERED, ""
        case FileSuperseded():
            return RevisionState.SUPERSEDED, ended.why
        case FileFailed():
            return RevisionState.FAILED, f"{ended.code}: {ended.why}"
    raise TypeError(f"{type(ended).__name__} is no ending that is known")


def reader_of(message: RoutedMessage) -> str:
    """The durable whose handler brings it further."""
    match message:
        case FileReady() | FileStale():
            return EXPOSE[message.lane]
        case FileExposed():
            return "uploader"
        case _:
            return "watcher"


def exposure_of(message: RoutedMessage) -> int:
    """The exposure that is open while it is underway: the one that was told, or the next."""
    return message.exposure if isinstance(message, FileExposed) else message.exposure + 1
