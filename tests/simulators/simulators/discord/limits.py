"""Pure: Discord's rate limits, as far as they are documented or were observed, and the headers that tell of them."""

import hashlib
import math
from collections import deque
from dataclasses import dataclass

from simulators.discord.settings import Settings

_BAN_WINDOW_S = 600.0


class Window:
    """`limit` calls, counted from the first one on for `window_s` seconds."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit = limit
        self.window_s = window_s
        self.resets_at = 0.0
        self._used = 0

    def take(self, now: float) -> bool:
        if now >= self.resets_at:
            self.resets_at = now + self.window_s
            self._used = 0
        if self._used >= self.limit:
            return False
        self._used += 1
        return True

    @property
    def remaining(self) -> int:
        return self.limit - self._used


@dataclass(frozen=True, slots=True)
class Overflow:
    """`scope` as in X-RateLimit-Scope; `code` as in the body, if there is one."""

    scope: str
    retry_after_s: float
    code: int | None = None


class Limits:
    """All windows of one simulator. Failed calls count like good ones.

    Sources: 5 per 2 s per webhook was confirmed by Discord's staff; 30 per 60 s per channel was only observed. That
    execute, edit and delete share one bucket is the stricter of two readings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.clear()

    def clear(self) -> None:
        self._webhooks: dict[str, Window] = {}
        self._channels: dict[str, Window] = {}
        self._old_edits: dict[str, Window] = {}
        self._everybody = Window(self._settings.global_limit, self._settings.global_window_s)
        self._invalid: deque[float] = deque()

    def call(self, webhook_id: str, channel_id: str, *, writes: bool, now: float) -> Overflow | None:
        if not self._everybody.take(now):
            return Overflow("global", self._everybody.resets_at - now)
        own = self._webhook(webhook_id)
        if not own.take(now):
            return Overflow("user", own.resets_at - now)
        if not writes:
            return None
        settings = self._settings
        channel = self._channels.setdefault(channel_id, Window(settings.channel_limit, settings.channel_window_s))
        return None if channel.take(now) else Overflow("shared", channel.resets_at - now)

    def old_edit(self, channel_id: str, now: float) -> Overflow | None:
        settings = self._settings
        window = self._old_edits.setdefault(channel_id, Window(settings.old_edit_limit, settings.old_edit_window_s))
        return None if window.take(now) else Overflow("user", window.resets_at - now, code=30046)

    def headers(self, webhook_id: str, now: float) -> dict[str, str]:
        own = self._webhook(webhook_id)
        return {
            "X-RateLimit-Limit": str(own.limit),
            "X-RateLimit-Remaining": str(own.remaining),
            "X-RateLimit-Reset": f"{own.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, own.resets_at - now):.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(webhook_id.encode()).hexdigest()[:32],
        }

    def invalid(self, now: float) -> None:
        """Count a 401, 403 or 429 (but not one of shared scope) towards a ban."""
        self._invalid.append(now)

    def banned(self, now: float) -> bool:
        while self._invalid and self._invalid[0] <= now - _BAN_WINDOW_S:
            self._invalid.popleft()
        return len(self._invalid) >= self._settings.ban_after

    def _webhook(self, webhook_id: str) -> Window:
        settings = self._settings
        return self._webhooks.setdefault(webhook_id, Window(settings.webhook_limit, settings.webhook_window_s))


def overflow_headers(overflow: Overflow, *, milliseconds: bool) -> dict[str, str]:
    """`milliseconds`: the unit of the deprecated default version."""
    wait_s = overflow.retry_after_s
    headers = {
        "Retry-After": str(math.ceil(wait_s * 1000) if milliseconds else math.ceil(wait_s)),
        "X-RateLimit-Scope": overflow.scope,
    }
    return headers | ({"X-RateLimit-Global": "true"} if overflow.scope == "global" else {})


def overflow_body(overflow: Overflow, *, milliseconds: bool) -> dict[str, object]:
    wait_s = overflow.retry_after_s
    body: dict[str, object] = {
        "message": "You are being rate limited.",
        "retry_after": math.ceil(wait_s * 1000) if milliseconds else round(wait_s, 3),
        "global": overflow.scope == "global",
    }
    return body | ({"code": overflow.code} if overflow.code is not None else {})
