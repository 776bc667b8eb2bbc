"""Pure: a multipart body as webhooks take it: `payload_json`, and files named `files[0]`, `files[1]`, ..."""

import json
import re
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from simulators.discord.refusals import INVALID_JSON, TOO_LARGE, FormError, InvalidForm, Refused

MOST_FILES = 10
MOST_BYTES = 10 * 2**20  # of one file; channels of boosted servers take more
_FILE = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Upload:
    id: str
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Body:
    payload: Any
    files: tuple[Upload, ...] = ()


def read(content_type: str, body: bytes) -> Body:
    """
    Raises:
        Refused: neither JSON nor multipart, not parsable, too large.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        return Body(_json(body))
    if media_type == "multipart/form-data":
        return _multipart(content_type, body)
    expected = "one of {'application/json', 'multipart/form-data'}."
    raise InvalidForm([FormError((), "CONTENT_TYPE_INVALID", f'Expected "Content-Type" header to be {expected}')])


def _multipart(content_type: str, body: bytes) -> Body:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    payload: Any = {}
    files: list[Upload] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        raw = part.get_payload(decode=True)
        content = raw if isinstance(raw, bytes) else b""
        if name == "payload_json":
            payload = _json(content)
        elif found := _FILE.fullmatch(str(name)):
            filename = part.get_filename() or "unknown"
            files.append(Upload(found[1], filename, part.get_content_type(), content))
    if any(len(file.content) > MOST_BYTES for file in files):
        raise Refused(TOO_LARGE)
    if len(files) > MOST_FILES:
        problem = FormError(("files",), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_FILES} or fewer in length.")
        raise InvalidForm([problem])
    return Body(payload, tuple(files))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Refused(INVALID_JSON) from None
