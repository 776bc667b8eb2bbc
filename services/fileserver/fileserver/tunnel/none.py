"""Pure: `TUNNEL=none`: somebody else leads a public address to us, and `PUBLIC_URL` says which."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FixedName:
    """A public name that never changes."""

    base_url: str
    """`http(s)://host[:port][/prefix]`, without a slash at its end."""
