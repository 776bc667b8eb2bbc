"""Edge: `TUNNEL=none`: somebody else leads a public address to us, and `PUBLIC_URL` says which."""

from dataclasses import dataclass

from fileserver.tunnel.gate import Fate
from postflow.checks import Check


@dataclass(frozen=True, slots=True)
class FixedName:
    """A public name that never changes, and that is taken at its word."""

    base_url: str
    """`http(s)://host[:port][/prefix]`, without a slash at its end."""

    cure = "See to whatever leads PUBLIC_URL to the fileserver's PUBLIC_PORT."

    def fate(self, base_url: str) -> Fate:
        """PUBLIC_URL may have been another one before we were started."""
        return Fate.GOOD if base_url == self.base_url else Fate.LOST

    def check(self) -> Check:
        return Check(True, f"PUBLIC_URL is {self.base_url}; nobody checks that it leads here")

    def doubt(self) -> None:
        """It is taken at its word."""

    async def look(self) -> None:
        return

    async def look_anew(self) -> None:
        return
