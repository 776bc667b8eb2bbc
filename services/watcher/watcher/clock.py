"""Edge: the two clocks: one that never goes back, to measure with, and the one on the wall, to tell people."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float: ...

    def now(self) -> datetime: ...


def wall_ns(clock: Clock) -> int:
    """The wall clock as file dates count, to the microsecond."""
    return int(clock.now().timestamp() * 1_000_000) * 1000


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)
