"""Pure: the address of a Discord webhook, taken apart and put together again."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

API_VERSION = "v10"
"""An address copied from Discord names no version and leads to a deprecated one that counts in milliseconds."""

_PATH = re.compile(r"(?P<prefix>(?:/[^/]+)*?)/api(?:/v\d+)?/webhooks/(?P<id>\d+)/(?P<token>[A-Za-z0-9_-]+)/?")
_DISCORD = ("discord.com", "discordapp.com")
_EXPECTED = "must be a webhook's address, as Discord's `Copy Webhook URL` gives it: https://discord.com/api/webhooks/…"


@dataclass(frozen=True, slots=True)
class Webhook:
    """`base` ends before `/api`; it is Discord's own unless somebody stands in for it."""

    base: str
    id: str
    token: SecretStr

    @property
    def address(self) -> str:
        """A secret: whoever has it can post."""
        return f"{self.base}/api/{API_VERSION}/webhooks/{self.id}/{self.token.get_secret_value()}"


def parse(text: str) -> Webhook:
    """Read an address; any host will do when the path is that of a webhook.

    Raises:
        ValueError: it is none. The text never quotes it.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(_EXPECTED) from None
    match = _PATH.fullmatch(parts.path)
    if match is None or not host or parts.scheme not in ("http", "https") or parts.username is not None:
        raise ValueError(_EXPECTED)
    return Webhook(_base(parts.scheme, host, port) + match["prefix"], match["id"], SecretStr(match["token"]))


def _base(scheme: str, host: str, port: int | None) -> str:
    if any(host == own or host.endswith(f".{own}") for own in _DISCORD):
        return "https://discord.com"
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" + (f":{port}" if port else "")
