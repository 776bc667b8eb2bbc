"""Pure: moments in time, as each service writes them."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Unix seconds. A test passes its own to make hours pass."""


def with_microseconds_z(unix_s: float) -> str:
    """As Frame.io V4 writes it: 2025-06-26T19:20:40.000000Z."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def with_offset(unix_s: float) -> str:
    """As Discord writes it: 2025-06-26T19:20:40.000000+00:00."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="microseconds")


class HandClock:
    """A clock that a test moves by hand."""

    def __init__(self, unix_s: float = 1_750_000_000.0) -> None:
        self.unix_s = unix_s

    def __call__(self) -> float:
        return self.unix_s

    def advance(self, seconds: float) -> None:
        self.unix_s += seconds
