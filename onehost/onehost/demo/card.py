"""Pure: a message as Discord's API gives it → what a person would see of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ESCAPED = re.compile(r"\\(.)")
_LINK = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\(([^)]*)\)")
_ZERO_WIDTH = "\u200b"
_GREY = 0x8A8F98


@dataclass(frozen=True, slots=True)
class Seen:
    """
    Attributes:
        facts: label and text, in order.
        colour: of the bar at its side, 0xRRGGBB.
        buttons: label and address.
    """

    title: str
    says: str
    facts: tuple[tuple[str, str], ...]
    colour: int
    buttons: tuple[tuple[str, str], ...]


def about(messages: Sequence[Mapping[str, Any]], *needles: str) -> Mapping[str, Any] | None:
    """The latest message that is not deleted and speaks of one of the needles (a file's id, its path)."""
    spoken_of = [message for message in messages if not message.get("deleted") and _speaks(message, needles)]
    return spoken_of[-1] if spoken_of else None


def seen(message: Mapping[str, Any]) -> Seen:
    """The first embed with its buttons; a message without one is its text."""
    embed = next(iter(message.get("embeds", [])), {"description": message.get("content", "")})
    return Seen(
        title=literal(embed.get("title", "")),
        says=literal(embed.get("description", "")),
        facts=tuple((literal(field["name"]), literal(field["value"])) for field in embed.get("fields", [])),
        colour=int(embed.get("color", _GREY)),
        buttons=tuple(_buttons(message)),
    )


def literal(text: str) -> str:
    """Discord's markdown as it is read: `[label](address)` is both, and escapes are gone."""
    linked = _LINK.sub(lambda link: f"{link[1]}: {link[2]}", text)
    return _ESCAPED.sub(r"\1", linked.replace(_ZERO_WIDTH, ""))


def _speaks(message: Mapping[str, Any], needles: Sequence[str]) -> bool:
    words = "\n".join(_texts(message))
    return any(needle in words or needle in literal(words) for needle in needles)


def _buttons(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for row in message.get("components", []):
        for button in row.get("components", []):
            if "url" in button:
                yield str(button.get("label", "")), str(button["url"])


def _texts(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield part
        case Mapping():
            for inner in part.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in part:
                yield from _texts(inner)
