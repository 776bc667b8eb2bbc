"""Pure: what Discord answered → what it means to us. One table.

Sources: Discord's documentation of webhooks, rate limits and status codes (read 2026-10); plain text without a `Via`
header comes from the edge in front of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifier.channels.outcomes import CardRefused, Closed, MessageGone, TooFast, Unanswered
from postflow.errors import PermanentError, PostFlowError

BANNED_S = 300.0
"""The edge turned our address away; it says no time, or one that is too short to matter."""

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK = 10003, 10008, 10015
INVALID_TOKEN = 50027
BLOCKED_BY_RULES = (200000, 240000)
FORUM = (220001, 220002, 220003)
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Room:
    """What the headers tell of the webhook's own limit."""

    remaining: int
    reset_after_s: float


def room(headers: Mapping[str, str]) -> Room | None:
    try:
        return Room(int(headers["x-ratelimit-remaining"]), float(headers["x-ratelimit-reset-after"]))
    except (KeyError, ValueError):
        return None


def message_id(body: bytes) -> str | None:
    """Of a message that was posted with `wait=true`."""
    found = _json(body).get("id")
    return found if isinstance(found, str) and found.isdigit() else None


def trouble(status: int, headers: Mapping[str, str], body: bytes) -> PostFlowError | None:
    """What went wrong, as one of `outcomes`; None when all is well."""
    if 200 <= status < 300:
        return None
    said = _json(body)
    code = said.get("code")
    if status == 429 or _is_edge(status, headers, said):
        return _too_fast(headers, said)
    if status >= 500 or status < 400 or status == 408:
        return Unanswered(f"Discord answered {status}")
    if closed := _closed(status, code):
        return closed
    if status == 404 and code == UNKNOWN_MESSAGE:
        return MessageGone("the message is not there any more")
    if code in BLOCKED_BY_RULES:
        return PermanentError(
            "the Discord server's own filter blocked a card",
            code="DISCORD_BLOCKED_CARD",
            what_to_do="Allow this webhook in the server's AutoMod rules, or look at the file's name.",
        )
    return CardRefused(f"Discord refused a card: {_reason(status, said)}")


def _too_fast(headers: Mapping[str, str], said: Mapping[str, Any]) -> TooFast:
    exact, rounded_up = _seconds(said.get("retry_after")), _seconds(headers.get("retry-after"))
    if exact is None:
        return TooFast("Discord turns our address away", max(BANNED_S, rounded_up or 0.0), everywhere=True)
    everywhere = said.get("global") is True or headers.get("x-ratelimit-scope") == "global"
    return TooFast("Discord asks to slow down", exact, everywhere=everywhere)


def _is_edge(status: int, headers: Mapping[str, str], said: Mapping[str, Any]) -> bool:
    """Not Discord itself but what stands in front of it, which answers in plain text or HTML."""
    return status == 403 and (said.get("code") == 40333 or ("via" not in headers and not said))


def _closed(status: int, code: object) -> Closed | None:
    if status == 404 and code != UNKNOWN_MESSAGE:
        what = "its channel is gone" if code == UNKNOWN_CHANNEL else "there is no such webhook"
        known = code in (UNKNOWN_CHANNEL, UNKNOWN_WEBHOOK)
        return Closed(f"Discord says that {what}", what_to_do=_NEW_WEBHOOK, for_good=known)
    if status == 401 or code == INVALID_TOKEN:
        return Closed("Discord does not know the webhook's token", what_to_do=_NEW_WEBHOOK, for_good=True)
    if code in FORUM:
        return Closed("the webhook belongs to a forum, where cards cannot go", what_to_do=_NEW_WEBHOOK, for_good=True)
    if status == 403:
        return Closed("Discord does not let the webhook post there", what_to_do=_PERMISSION, for_good=False)
    return None


_NEW_WEBHOOK = (
    "Make a webhook in the settings of the Discord channel (Integrations), put its address into DISCORD_WEBHOOK_URL, "
    "or where the rules say for this channel, and start the notifier again; the cards have waited."
)
_PERMISSION = "Check in the settings of the Discord channel that its webhook may post there; the cards wait."


def _reason(status: int, said: Mapping[str, Any]) -> str:
    """The code and the places it names, never its texts: they quote what was sent."""
    places = sorted(_places(said.get("errors"), ()))
    return (
        f"{status}, code {said.get('code', 'none')}" + (f", at {', '.join(places)}" if places else "")[:LONGEST_REASON]
    )


def _places(errors: object, path: tuple[str, ...]) -> set[str]:
    if not isinstance(errors, dict) or len(path) > 8:
        return set()
    found = {".".join(path) or "the body"} if "_errors" in errors else set()
    for name, inner in errors.items():
        if name != "_errors":
            found |= _places(inner, (*path, str(name)))
    return found


def _seconds(value: object) -> float | None:
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
