"""Pure: how full the store of NATS is, and what is not begun any more because of it.

A full store refuses every message, also the one that says that a file was delivered. So new work is held back while
there is room for the end of what is underway.
"""

from dataclasses import dataclass

from postflow.checks import Check
from postflow.wording import size

ALARM, RELEASE_NOTHING, POST_NOTHING = 0.7, 0.8, 0.9
"""Shares of the limit: a person hears of it; the watcher releases nothing; the uploader starts no POST."""

EASED = 0.02
"""So much less than its share, and a brake is let go: what the store holds goes up and down a little."""

WHAT_TO_DO = "Give NATS a larger disk and raise NATS_MAX_FILE_STORE; what waits goes on by itself then."


@dataclass(frozen=True, slots=True)
class Fullness:
    """
    Attributes:
        limit_bytes: None when nobody said.
    """

    stored_bytes: int
    limit_bytes: int | None

    @property
    def share(self) -> float:
        """0 when the limit is not known."""
        return self.stored_bytes / self.limit_bytes if self.limit_bytes else 0.0

    def __str__(self) -> str:
        if not self.limit_bytes:
            return f"NATS keeps {size(self.stored_bytes)}; NATS_MAX_FILE_STORE does not say of how much"
        return f"NATS keeps {size(self.stored_bytes)} of {size(self.limit_bytes)}, {self.share:.0%}"


class Brake:
    """
    Args:
        share: of the limit, from which on it is pulled.
        then: what that means, as `nothing more is released`.
    """

    def __init__(self, share: float, then: str) -> None:
        self._share = share
        self._then = then
        self._fullness: Fullness | None = None
        self.is_on = False

    def see(self, fullness: Fullness) -> bool:
        """Whether that pulled it, or let it go."""
        before = self.is_on
        self._fullness = fullness
        self.is_on = fullness.share >= self._share - (EASED if before else 0.0)
        return self.is_on != before

    @property
    def why(self) -> str:
        """Empty when it is let go."""
        return f"{self._fullness}: {self._then}" if self.is_on else ""

    def check(self) -> Check:
        if self.is_on:
            return Check(False, self.why, WHAT_TO_DO)
        return Check(True, str(self._fullness) if self._fullness else "not looked at yet")
