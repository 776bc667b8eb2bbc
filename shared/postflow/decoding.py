"""Pure: what came on a subject, as the message that it is."""

import re

from pydantic import ValidationError

from postflow.errors import MalformedMessage
from postflow.messages import (
    Condition,
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
    Progress,
)

MESSAGES: tuple[type[Message], ...] = (
    FileReady,
    FileWaiting,
    FileRejected,
    FileExposed,
    FileStale,
    FileDelivered,
    FilePlayable,
    FileSuperseded,
    FileFailed,
    Condition,
    Parked,
    Progress,
)


def _subject_regex(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", r"[^.\\s]+", re.escape(pattern)))


_SUBJECTS = {_subject_regex(kind.pattern): kind for kind in MESSAGES}


def decode(subject: str, payload: bytes) -> Message:
    """Read a message by its subject.

    Raises:
        MalformedMessage: no message has such a subject, the payload does not fit, or they disagree.
    """
    for regex, kind in _SUBJECTS.items():
        if regex.fullmatch(subject):
            return _read(kind, subject, payload)
    raise MalformedMessage(f"no message is published on {subject}")


def _read(kind: type[Message], subject: str, payload: bytes) -> Message:
    try:
        message = kind.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "payload"
        raise MalformedMessage(f"{kind.__name__}: {where}: {first['msg']}") from None
    if message.subject != subject:
        raise MalformedMessage(f"{kind.__name__} for {message.subject} came on {subject}")
    return message
