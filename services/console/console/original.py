"""Pure: a message as the stream holds it, and how it can be shown: without an address that opens a film."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from postflow.destination import Frozen

SIGNED = ("public_url", "internal_url")
"""Fields that hold an address which opens a film as long as it lives."""
MASK = "[signed]"
MOST_CHARACTERS = 20_000

_SIGNED_IN_TEXT = re.compile(rf'("(?:{"|".join(SIGNED)})"\s*:\s*")(?:[^"\\]|\\.)*', re.DOTALL)
_SECRET_HEADER = re.compile(r"(?i)authorization|cookie|password|secret|token")

Clean = Callable[[str], str]
"""Takes secrets out of a text that may hold anything."""


@dataclass(frozen=True, slots=True)
class Original:
    subject: str
    at: datetime
    headers: Mapping[str, str]
    payload: bytes


def path_in(payload: bytes) -> str:
    """Of a message about a file, whatever it says besides; empty if it cannot be told."""
    try:
        return _Path.model_validate_json(payload).path
    except ValueError:
        return ""


def headers_of(original: Original, without_secrets: Clean) -> dict[str, str]:
    return {
        name: "[secret]" if _SECRET_HEADER.search(name) else _printable(without_secrets(value))
        for name, value in original.headers.items()
    }


def body_of(original: Original, without_secrets: Clean) -> str:
    """JSON with an indent, anything else as it is; what no terminal should get is written out."""
    text = original.payload.decode(errors="backslashreplace")
    try:
        text = json.dumps(_masked(json.loads(text)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = _SIGNED_IN_TEXT.sub(rf"\1{MASK}", text)
    text = _printable(without_secrets(text))
    cut = len(text) - MOST_CHARACTERS
    return text if cut <= 0 else f"{text[:MOST_CHARACTERS]}\n… and {cut:,} characters more"


def _masked(value: object) -> object:
    match value:
        case dict():
            return {key: MASK if key in SIGNED and inner else _masked(inner) for key, inner in value.items()}
        case list():
            return [_masked(inner) for inner in value]
        case _:
            return value


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\n" else _written_out(each) for each in text)


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode()


class _Path(Frozen):
    path: str
