"""Pure: whom a message would have pinged.

Source: Discord's "Allowed Mentions Object"; for a webhook without `allowed_mentions`, user mentions are parsed and
roles and everyone are not.
"""

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

_CODE = re.compile(r"```.*?```|``.+?``|`[^`]+`", re.DOTALL)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)")


@dataclass(frozen=True, slots=True)
class Mentions:
    everyone: bool = False
    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Allowed:
    parse: Collection[str] = ("users",)
    users: Collection[str] = ()
    roles: Collection[str] = ()


def found_in(content: str) -> Mentions:
    """Mentions the text holds outside of code. A backslash before one is no protection and not taken for one."""
    text = _CODE.sub(" ", content)
    return Mentions(
        everyone=_EVERYONE.search(text) is not None,
        users=tuple(dict.fromkeys(_USER.findall(text))),
        roles=tuple(dict.fromkeys(_ROLE.findall(text))),
    )


def permitted(found: Mentions, allowed: Allowed) -> Mentions:
    """What of it is left when `allowed` had its say: these people are pinged when the message is new."""
    return Mentions(
        everyone=found.everyone and "everyone" in allowed.parse,
        users=tuple(user for user in found.users if "users" in allowed.parse or user in allowed.users),
        roles=tuple(role for role in found.roles if "roles" in allowed.parse or role in allowed.roles),
    )
