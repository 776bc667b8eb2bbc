"""Edge: whether Frame.io answers, as its latest answers say. It may be down for some calls and not for others.

What it did not answer, or with an error of its own, is no fault of a file: that waits. If it lasts, people should know.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from postflow import clock
from postflow.checks import Check
from postflow.errors import PostFlowError
from uploader.frameio.errors import FrameioUnavailable, OutcomeUnknown

PROBE_AFTER = timedelta(seconds=15)
"""When nobody calls: how long after a call that failed it is worth one to see whether Frame.io answers."""

BELIEVED = timedelta(minutes=6)
"""Whoever waits tries again every five minutes: a kind of call that fails no more for so long, while others succeed, is
not made any more."""

STUMBLE = 1
"""So many failures in a row are no news."""

ANY = ""
"""Stands for every call: who cannot be reached cannot be reached for any of them."""

CONFLICT = 409
"""An answer about the thing, though the call may be made again."""

WHAT_TO_DO = (
    "Look at Frame.io's status page, and whether this machine reaches the internet; deliveries wait, and go on by "
    "themselves."
)


@dataclass(slots=True)
class _Silence:
    """Of one kind of call: since when each of them has failed."""

    since: datetime
    latest: datetime
    why: str
    failures: int = 1


class Answering:
    def __init__(self, *, now: Callable[[], datetime] = clock.now) -> None:
        self._now = now
        self._silences: dict[str, _Silence] = {}
        self._answered_at: datetime | None = None

    @contextmanager
    def sending(self, call: str, *, writes: bool) -> Iterator[None]:
        """Around one request; turns the errors of httpx into ours.

        Raises:
            OutcomeUnknown: a call that creates something may have had its effect.
            FrameioUnavailable: nothing has happened, or the call may be made again.
        """
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            said = f"Frame.io cannot be reached for {call}: {type(error).__name__}"
            self._failed(ANY, said)
            raise FrameioUnavailable(said) from None
        except (httpx.HTTPError, TimeoutError) as error:
            said = f"Frame.io did not answer {call}: {type(error).__name__}"
            self._failed(call, said)
            raise (OutcomeUnknown(said) if writes else FrameioUnavailable(said)) from None

    @contextmanager
    def reading(self, call: str, status: int) -> Iterator[None]:
        """Around the reading of an answer, which raises what it means."""
        try:
            yield
        except (FrameioUnavailable, OutcomeUnknown) as error:
            if status != CONFLICT:
                self._failed(call, str(error))
            raise
        except PostFlowError:
            self._answered(call)
            raise
        self._answered(call)

    @property
    def is_doubtful(self) -> bool:
        """Whether it is time for a call, only to see whether it is answered."""
        silences = self._lasting().values()
        if not silences:
            return False
        latest = max(silence.latest for silence in silences)
        is_known = self._answered_at is not None and self._answered_at > latest
        return not is_known and self._now() - latest >= PROBE_AFTER

    def check(self) -> Check | None:
        """None while it answers."""
        lasting = [silence for silence in self._lasting().values() if silence.failures > STUMBLE]
        if not lasting:
            return None
        first = min(lasting, key=lambda silence: silence.since)
        return Check(
            False, f"Frame.io has not answered as it should since {first.since:%H:%M} UTC: {first.why}", WHAT_TO_DO
        )

    def _answered(self, call: str) -> None:
        self._answered_at = self._now()
        for each in (call, ANY):
            self._silences.pop(each, None)

    def _failed(self, call: str, why: str) -> None:
        at, known = self._now(), self._lasting().get(call)
        failures = known.failures + 1 if known else 1
        self._silences[call] = _Silence(known.since if known else at, at, why, failures)

    def _lasting(self) -> dict[str, _Silence]:
        return {call: silence for call, silence in self._silences.items() if not self._is_past(silence)}

    def _is_past(self, silence: _Silence) -> bool:
        if self._answered_at is None or self._answered_at < silence.latest:
            return False
        return self._now() - silence.latest >= BELIEVED
