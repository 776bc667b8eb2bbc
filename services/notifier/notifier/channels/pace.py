"""Pure: when the next call may go out. Time is an argument, in seconds of any steady clock."""

CALLS_PER_MINUTE = 25.0
BURST = 5
"""Together at most 30 in any minute: the limit that Discord has for a channel and tells nobody of beforehand."""


class Pace:
    """A bucket that fills by the minute, and a moment before which nothing goes out."""

    def __init__(self, *, per_minute: float = CALLS_PER_MINUTE, burst: int = BURST) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._tokens = float(burst)
        self._counted_at: float | None = None
        self._not_before = 0.0

    def wait_s(self, now: float) -> float:
        """0 when a call may go out at once."""
        self._fill(now)
        missing = max(0.0, 1.0 - self._tokens)
        return max(missing / self._per_s, self._not_before - now, 0.0)

    def spend(self, now: float) -> None:
        """A call goes out, whether there was room for it or not."""
        self._fill(now)
        self._tokens -= 1.0

    def hold(self, now: float, for_s: float) -> None:
        """Nothing goes out for so long; a shorter wait never cuts a longer one."""
        self._not_before = max(self._not_before, now + for_s)

    def _fill(self, now: float) -> None:
        passed = 0.0 if self._counted_at is None else now - self._counted_at
        self._tokens = min(float(self._burst), self._tokens + passed * self._per_s)
        self._counted_at = now
