"""Edge: whether the account takes new files, as Frame.io's latest answers say."""

import time
from collections.abc import Callable

from postflow.checks import Check
from uploader.frameio.errors import MAKE_ROOM, AccountBlocked

BELIEVED_S = 900.0
"""Whoever waits tries again every five minutes: after so long without a refusal nobody waits any more."""


class Intake:
    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._why = ""
        self._since = 0.0
        self._is_asked = False

    def answered(self, error: Exception | None, *, writes: bool) -> None:
        """What a call has come to; only one that makes something tells that there is room again."""
        if isinstance(error, AccountBlocked):
            self._why, self._since, self._is_asked = str(error), self._clock(), True
        elif writes and error is None:
            self._why, self._is_asked = "", True

    def check(self) -> Check:
        if self._why and self._clock() - self._since < BELIEVED_S:
            return Check(False, self._why, MAKE_ROOM)
        return Check(True, "takes new files" if self._is_asked else "not asked yet")
