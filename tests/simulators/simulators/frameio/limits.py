"""Pure: Frame.io's documented rate limits, as leaky buckets per user and endpoint."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    calls: float
    window_s: float

    def scaled(self, factor: float) -> "Limit":
        """The same rate times `factor`; one call at a time always fits."""
        calls = max(1.0, self.calls * factor)
        return Limit(calls, self.window_s * calls / (self.calls * factor))


# "N calls per ... per account_user", from the reference page of each endpoint.
THREE_A_SECOND = Limit(3, 1)
FIVE_A_SECOND = Limit(5, 1)
TEN_A_SECOND = Limit(10, 1)
TEN_A_MINUTE = Limit(10, 60)
HUNDRED_A_MINUTE = Limit(100, 60)


class LeakyBucket:
    """Holds `calls`, drains `calls / window_s` a second; what does not fit is refused and adds nothing."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._level = 0.0
        self._at: float | None = None

    def pour(self, now: float) -> bool:
        """Whether one more call fits at `now` (unix seconds)."""
        self._drain(now)
        # The tolerance keeps a client that waits exactly as long as it must from failing by a rounding error.
        if self._level + 1 > self.limit.calls + 1e-6:
            return False
        self._level += 1
        return True

    def headers(self) -> dict[str, str]:
        return rate_headers(self.limit, self.limit.calls - self._level)

    def _drain(self, now: float) -> None:
        if self._at is not None:
            leaked = max(0.0, now - self._at) * self.limit.calls / self.limit.window_s
            self._level = max(0.0, self._level - leaked)
        self._at = now


def rate_headers(limit: Limit, remaining: float) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(int(limit.calls)),
        "x-ratelimit-remaining": str(max(0, int(remaining + 1e-6))),
        "x-ratelimit-window": str(int(limit.window_s * 1000)),
    }


class Buckets:
    """One bucket for each user and operation."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], LeakyBucket] = {}

    def bucket(self, user_id: str, operation: str, limit: Limit) -> LeakyBucket:
        bucket = self._buckets.get((user_id, operation))
        if bucket is None or bucket.limit != limit:
            bucket = self._buckets[user_id, operation] = LeakyBucket(limit)
        return bucket

    def clear(self) -> None:
        self._buckets.clear()
