"""Pure: the story of a file, a line for each message about it, without any address that opens it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pydantic import AwareDatetime

from postflow.destination import Frozen
from postflow.messages import (
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
    Refusal,
)
from postflow.wording import size

Told = (
    FileReady
    | FileExposed
    | FileStale
    | FileDelivered
    | FilePlayable
    | FileSuperseded
    | FileFailed
    | FileRejected
    | FileWaiting
    | Parked
)
"""What a story is made of."""


class Chapter(Frozen):
    """
    Attributes:
        after_s: since the line before, of the same revision.
    """

    file_id: str
    at: AwareDatetime
    after_s: float | None
    state: str
    attempt: int = 0
    exposure: int = 0
    said: str
    what_to_do: str = ""


def told(messages: Iterable[tuple[str, Message]]) -> Iterator[Chapter]:
    """
    Args:
        messages: each with the id of the file that it is about, in the order of the stream.
    """
    last: dict[str, datetime] = {}
    for file_id, message in messages:
        if isinstance(message, FileReady) and file_id not in last:
            yield _changed(message)
            last[file_id] = message.changed_at
        if not isinstance(message, Told):
            continue
        before = last.get(file_id)
        last[file_id] = message.at
        yield _chapter(file_id, message, None if before is None else (message.at - before).total_seconds())


def _changed(ready: FileReady) -> Chapter:
    said = f"seen to change last, {size(ready.size_bytes)}"
    return Chapter(file_id=ready.file_id, at=ready.changed_at, after_s=None, state="waiting", said=said)


def _chapter(file_id: str, message: Told, after_s: float | None) -> Chapter:
    said, what_to_do = _said(message)
    if isinstance(message, Parked):
        return Chapter(
            file_id=file_id, at=message.at, after_s=after_s, state="parked", said=said, what_to_do=what_to_do
        )
    return Chapter(
        file_id=file_id,
        at=message.at,
        after_s=after_s,
        state=message.state,
        attempt=message.attempt,
        exposure=message.exposure,
        said=said,
        what_to_do=what_to_do,
    )


def _said(message: Told) -> tuple[str, str]:
    """What happened, and what to do."""
    match message:
        case FileReady():
            to = message.destination
            reason = f" ({to.inbox_reason})" if to.inbox_reason else ""
            return f"complete; goes to {'/'.join((to.project, *to.folder, to.name))}, lane {message.lane}{reason}", ""
        case FileExposed(refusal=Refusal() as refusal):
            return f"not exposed: {refusal.why}", refusal.what_to_do
        case FileExposed():
            return f"address {message.exposure} is open until {message.expires_at:%Y-%m-%d %H:%M:%S}", ""
        case FileStale():
            return f"another address was asked for: {message.why}", ""
        case FileDelivered():
            return f"stored in Frame.io and verified: {message.view_url}", ""
        case FilePlayable():
            return f"transcoded: {message.view_url}", ""
        case FileSuperseded():
            return message.why, ""
        case FileFailed():
            return f"{message.code}: {message.why}", message.what_to_do
        case FileRejected():
            return f"{message.why}; expected {message.expected}", ""
        case FileWaiting():
            return f"waits for {message.waiting_for}", message.what_to_do
        case Parked():
            return f"put aside by {message.durable}: {message.why}", message.what_to_do
