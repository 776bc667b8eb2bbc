"""Pure: a card → the body of a Discord message. Every word on it is escaped, and nobody is called but those whom the
rules name.

Limits (Discord's documentation of embeds and components): title 256, description 4096, 25 fields of 256 and 1024,
all together 6000; content 2000; a button's address 512. Ours stay below each of them, and below their sum.
"""

from collections.abc import Sequence
from typing import Any

from notifier import text
from notifier.card import Card, Line, State

Payload = dict[str, Any]

NOBODY: Payload = {"parse": []}
"""Goes with every post and every edit: Discord does not remember it."""

NEEDS_A_PERSON = frozenset({State.FAILED, State.REJECTED, State.PARKED, State.RAISED})
MOST_CALLED = 75
"""As many as fit the content of a message."""

TITLE, SAYS, LABEL, VALUE, CONTENT = 240, 800, 40, 300, 1500
MOST_LINES = 12
SHORT = 40
"""Lines up to this length stand side by side."""

_GREEN, _BLUE, _AMBER, _RED, _GREY = 0x2E9E5B, 0x3B82C4, 0xD9A21B, 0xC8433A, 0x8A8F98
_COLOURS = {
    State.WAITING: _AMBER,
    State.REJECTED: _RED,
    State.FAILED: _RED,
    State.SUPERSEDED: _GREY,
    State.DELIVERED: _GREEN,
    State.PLAYABLE: _BLUE,
    State.PARKED: _RED,
    State.RAISED: _AMBER,
    State.CLEARED: _GREEN,
}


def whole(card: Card, mentions: Sequence[str] = ()) -> Payload:
    """The card as an embed with a link button.

    Args:
        mentions: whom to call when the card needs a person, as the rules write them: `user:1`, `role:2`.
    """
    link = text.address(card.link)
    embed: Payload = {
        "title": text.escaped(card.title, TITLE) or card.state.value,
        "color": _COLOURS[card.state],
        "timestamp": card.at.isoformat(),
        "fields": _fields(card),
    }
    if says := text.escaped(card.says, SAYS):
        embed["description"] = says
    if link:
        embed["url"] = link
    called = mentions[:MOST_CALLED] if card.state in NEEDS_A_PERSON else ()
    return {"embeds": [embed], "components": _buttons(link)} | _calling(called)


def reduced(card: Card) -> Payload:
    """The least that people must know, as plain text."""
    words = f"{card.title}. {card.says} " + " ".join(f"{line.label}: {line.text}" for line in card.lines)
    return {"content": text.escaped(words, CONTENT), "embeds": [], "components": [], "allowed_mentions": NOBODY}


def _calling(mentions: Sequence[str]) -> Payload:
    """Calls by id only, so that no text on a card can call anybody else. Without any, it empties the content."""
    users = [one.removeprefix("user:") for one in mentions if one.startswith("user:")]
    roles = [one.removeprefix("role:") for one in mentions if one.startswith("role:")]
    words = [*(f"<@{user}>" for user in users), *(f"<@&{role}>" for role in roles)]
    if not words:
        return {"content": None, "allowed_mentions": NOBODY}
    return {"content": " ".join(words), "allowed_mentions": NOBODY | {"users": users, "roles": roles}}


def _fields(card: Card) -> list[Payload]:
    fields = [_field(line) for line in card.lines[:MOST_LINES] if text.plain(line.label) and text.plain(line.text)]
    if trace := text.address(card.trace):
        fields.append({"name": "Trace", "value": text.link("every step of this file", trace), "inline": False})
    return fields


def _field(line: Line) -> Payload:
    value = text.escaped(line.text, VALUE)
    return {"name": text.escaped(line.label, LABEL), "value": value, "inline": len(text.plain(line.text)) <= SHORT}


def _buttons(link: str | None) -> list[Payload]:
    """Shown only with `with_components=true`."""
    if link is None:
        return []
    return [{"type": 1, "components": [{"type": 2, "style": 5, "label": "Open in Frame.io", "url": link}]}]
