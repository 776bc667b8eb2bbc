"""Pure: what services tell each other. Each message owns its subject.

`docs/messages.md` is the same table in words. Readers ignore fields they do not know, so services can be
updated in any order: a new field has a default, a changed meaning is a new subject.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import AwareDatetime, Field, model_validator

from postflow import identity
from postflow.destination import Destination, Frozen, Lane

FILE_ID = rf"^[0-9a-f]{{{identity.FILE_ID_HEX_DIGITS}}}$"


class Message(Frozen):
    """Anything that has a subject."""

    pattern: ClassVar[str]
    """The subject, with fields of the message in braces."""

    @property
    def subject(self) -> str:
        return self.pattern.format_map({name: getattr(self, name) for name in _tokens(self.pattern)})

    @classmethod
    def template(cls) -> str:
        """The subject of all such messages, as names of spans have it: `postflow.file.ready.<lane>.<file_id>`."""
        return cls.pattern.replace("{", "<").replace("}", ">")

    @property
    def dedupe_id(self) -> str | None:
        """The `Nats-Msg-Id`; None where two equal messages are two facts."""
        return None


class FileMessage(Message):
    """A message about one revision of one file."""

    state: ClassVar[str]

    file_id: str = Field(pattern=FILE_ID)
    filespace: str
    path: str
    """Inside the filespace, as the volume spells it; `/` between parts, no leading one."""
    size_bytes: int = Field(ge=0)
    mtime_ns: int
    changed_at: AwareDatetime
    """When the watcher saw the file change last: where its trace begins."""
    attempt: int = Field(default=0, ge=0)
    exposure: int = Field(default=0, ge=0)
    written_by: str | None = Field(default=None, max_length=200)
    """Who wrote it, if the show's rules ask for that and the audit trail has told it."""
    at: AwareDatetime
    """When this became so."""

    @model_validator(mode="after")
    def _id_is_of_this_revision(self) -> Self:
        if self.file_id != identity.file_id(self.filespace, self.path, self.size_bytes, self.mtime_ns):
            raise ValueError("file_id is not that of filespace, path, size_bytes and mtime_ns")
        return self

    @property
    def dedupe_id(self) -> str | None:
        return identity.dedupe_id(self.file_id, self.state, self.attempt, self.exposure)


class RoutedMessage(FileMessage):
    """A message about a file that is on its way; it carries all that the next stage needs."""

    attempt: int = Field(ge=1)
    destination: Destination
    lane: Lane = Lane.SMALL
    again: bool = False
    """A person wants this attempt though the file was delivered before."""


class FileReady(RoutedMessage):
    """A revision is complete, and this is where it goes."""

    pattern: ClassVar[str] = "postflow.file.ready.{lane}.{file_id}"
    state: ClassVar[str] = "ready"


class FileWaiting(FileMessage):
    """It has waited so long that a person should know, and for what."""

    pattern: ClassVar[str] = "postflow.file.waiting.{file_id}"
    state: ClassVar[str] = "waiting"

    waiting_for: str
    what_to_do: str = ""
    channel: str = "default"


class FileRejected(FileMessage):
    """Nobody will deliver it as it is: why, and what would be right."""

    pattern: ClassVar[str] = "postflow.file.rejected.{file_id}"
    state: ClassVar[str] = "rejected"

    why: str
    expected: str
    channel: str = "default"


class Refusal(Frozen):
    """Why something was not done, and what a person can do about it."""

    code: str
    why: str
    what_to_do: str


class FileExposed(RoutedMessage):
    """It can be fetched; or, with a refusal, it cannot, and the uploader ends the story."""

    pattern: ClassVar[str] = "postflow.file.exposed.{file_id}"
    state: ClassVar[str] = "exposed"

    exposure: int = Field(ge=1)
    public_url: str | None = Field(default=None, repr=False)
    """Signed: whoever holds it can read the film. None with a refusal."""
    internal_url: str | None = Field(default=None, repr=False)
    expires_at: AwareDatetime
    refusal: Refusal | None = None


class FileStale(RoutedMessage):
    """That exposure is of no use any more: another, please."""

    pattern: ClassVar[str] = "postflow.file.stale.{lane}.{file_id}"
    state: ClassVar[str] = "stale"

    exposure: int = Field(ge=1)
    why: str


class FileEnded(RoutedMessage):
    """The end of an attempt, whichever it is."""


class FileDelivered(FileEnded):
    """It is stored in Frame.io, verified."""

    pattern: ClassVar[str] = "postflow.file.delivered.{file_id}"
    state: ClassVar[str] = "delivered"

    asset_id: str
    project_id: str
    folder_id: str
    view_url: str
    media_type: str | None = None
    posted_at: AwareDatetime


class FilePlayable(RoutedMessage):
    """Frame.io has transcoded it."""

    pattern: ClassVar[str] = "postflow.file.playable.{file_id}"
    state: ClassVar[str] = "playable"

    asset_id: str
    view_url: str


class FileSuperseded(FileEnded):
    """A newer revision took its place before it was done; no failure."""

    pattern: ClassVar[str] = "postflow.file.superseded.{file_id}"
    state: ClassVar[str] = "superseded"

    why: str


class FileFailed(FileEnded):
    """It will not get there without a person: why, and what to do."""

    pattern: ClassVar[str] = "postflow.file.failed.{file_id}"
    state: ClassVar[str] = "failed"

    service: str
    code: str
    why: str
    what_to_do: str


class ConditionState(StrEnum):
    RAISED = "raised"
    CLEARED = "cleared"


class Condition(Message):
    """Something outside is wrong, still so, or right again. Lapses after three minutes of silence."""

    pattern: ClassVar[str] = "postflow.condition.{name}.{instance}"

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    instance: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    state: ConditionState
    what: str
    what_to_do: str
    since: AwareDatetime
    at: AwareDatetime


class Parked(Message):
    """A message that its reader could not handle."""

    pattern: ClassVar[str] = "postflow.parked.{durable}.{sequence}"

    durable: str = Field(pattern=r"^[a-z0-9-]+$")
    sequence: int = Field(ge=1)
    """Its place in the stream, where it can be looked at and retried."""
    original_subject: str
    code: str
    why: str
    what_to_do: str
    at: AwareDatetime
    retry: int = Field(default=0, ge=0)
    """The place of the retry that ended so; 0 for the message itself."""

    @property
    def dedupe_id(self) -> str | None:
        return f"parked.{self.durable}.{self.sequence}" + (f".{self.retry}" if self.retry else "")


class Progress(Message):
    """Bytes moved so far. Core NATS, a courtesy, never evidence."""

    pattern: ClassVar[str] = "postflow.progress.{file_id}"

    file_id: str = Field(pattern=FILE_ID)
    bytes_done: int = Field(ge=0)
    size_bytes: int = Field(ge=0)
    at: AwareDatetime


def about(message: FileMessage, *, at: datetime) -> dict[str, object]:
    """The fields that one message about a file hands on to the next, as arguments for its constructor."""
    handed_on = set(RoutedMessage.model_fields) & set(type(message).model_fields)
    return {name: getattr(message, name) for name in handed_on} | {"at": at}


def _tokens(pattern: str) -> list[str]:
    return re.findall(r"{(\w+)}", pattern)
