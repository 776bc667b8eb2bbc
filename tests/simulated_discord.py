"""The simulated Discord, as its own tests ask it."""

from typing import Any

from simulators.discord import Webhook

HOOK = Webhook(id="1100000000000000001", token="one")
FORUM = Webhook(id="1100000000000000002", token="two", channel_id="1200000000000000002", forum=True)
AGENT = {"user-agent": "DiscordBot (https://example.com, 0.1)"}
URL = f"/api/v10/webhooks/{HOOK.id}/{HOOK.token}"
FORUM_URL = f"/api/v10/webhooks/{FORUM.id}/{FORUM.token}"
BUTTON = {"type": 2, "style": 5, "label": "Open", "url": "https://next.frame.io/x"}


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(buttons)}


def embed(**parts: Any) -> dict[str, Any]:
    return {"embeds": [{"title": "t"} | parts]}


def error_at(tree: Any, path: str) -> dict[str, Any]:
    """The single error at a dotted path of a 50035 tree, which has no other branch."""
    for part in [*filter(None, path.split(".")), "_errors"]:
        assert list(tree) == [part]
        tree = tree[part]
    (error,) = tree
    assert isinstance(error, dict)
    return error
