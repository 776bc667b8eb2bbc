"""Pure: mishaps that wait in a queue until a call comes that they are meant for."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from simulators.instants import Clock


class Fault(BaseModel):
    """Which calls a mishap meets; what it does is said by the subclass.

    Of each kind the oldest waiting one that fits is taken, so two `status` faults meet two calls, while a
    `delay` and a `status` meet the same one. A fault with `until_s`, `every` or `probability` goes by schedule: what
    it lets pass may meet the next of its kind, and it waits until its time is over unless `times` ends it before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    route: str | None = Field(default=None, description="operation name; none: any")
    name: str | None = Field(default=None, description="only the call that creates this name")
    times: int | None = Field(default=None, ge=1, description="none: once; by schedule: as often as it comes")
    skip: int = Field(default=0, ge=0, description="fitting calls to let pass first")
    from_s: float = Field(default=0.0, ge=0, description="from so long after it was queued")
    until_s: float | None = Field(default=None, gt=0, description="until so long after it was queued")
    every: int = Field(default=1, ge=1, description="only each so many-th fitting call")
    probability: float = Field(default=1.0, gt=0, le=1, description="only this share of the fitting calls")
    seed: int = Field(default=0, description="of the draw; the n-th call of a route and name always has the same luck")

    @property
    def goes_by_schedule(self) -> bool:
        return self.until_s is not None or self.every > 1 or self.probability < 1


class Delay(Fault):
    """Nothing happens for a while, then what was asked for."""

    kind: Literal["delay"] = "delay"
    delay_s: float = Field(ge=0)


class DelayAnswer(Fault):
    """What was asked for is done at once, and the answer comes late."""

    kind: Literal["delay_answer"] = "delay_answer"
    delay_s: float = Field(ge=0)


class Reset(Fault):
    """The connection goes away before anything was done."""

    kind: Literal["reset"] = "reset"


class CutAnswer(Fault):
    """Done, and the connection goes away in the middle of the answer."""

    kind: Literal["cut_answer"] = "cut_answer"


F = TypeVar("F", bound=Fault)


class _Waiting:
    def __init__(self, fault: Fault, now: float) -> None:
        self.fault = fault
        self.skip = fault.skip
        self.left = fault.times or (None if fault.goes_by_schedule else 1)
        self._since = now
        self._fitting = 0
        self._drawn: Counter[tuple[str, str | None]] = Counter()

    @property
    def is_spent(self) -> bool:
        return self.left == 0

    def is_over(self, now: float) -> bool:
        return self.fault.until_s is not None and now >= self._since + self.fault.until_s

    def fits(self, route: str, name: str | None, now: float) -> bool:
        wanted = self.fault
        return wanted.route in (None, route) and wanted.name in (None, name) and now >= self._since + wanted.from_s

    def is_due(self, route: str, name: str | None) -> bool:
        """Whether the schedule strikes this fitting call; each is asked about once."""
        self._fitting += 1
        if self._fitting % self.fault.every:
            return False
        self._drawn[route, name] += 1
        return _luck(self.fault.seed, route, name, self._drawn[route, name]) < self.fault.probability

    def strike(self) -> Fault:
        if self.left is not None:
            self.left -= 1
        return self.fault


class FaultQueue:
    """Schedules go by `clock`, which a test may move."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[_Waiting] = []

    def queue(self, *faults: Fault) -> None:
        now = self._clock()
        self._waiting.extend(_Waiting(fault, now) for fault in faults)

    def take(self, kind: type[F], *, route: str, name: str | None = None) -> F | None:
        now = self._clock()
        self._tidy(now)
        for waiting in self._of(kind):
            if not waiting.fits(route, name, now):
                continue
            if waiting.skip:
                waiting.skip -= 1
                return None
            if waiting.is_due(route, name):
                fault = waiting.strike()
                self._tidy(now)
                return fault if isinstance(fault, kind) else None
        return None

    def clear(self) -> None:
        self._waiting.clear()

    def as_json(self) -> list[dict[str, Any]]:
        self._tidy(self._clock())
        return [waiting.fault.model_dump() | {"times": waiting.left, "skip": waiting.skip} for waiting in self._waiting]

    def _of(self, kind: type[Fault]) -> Iterable[_Waiting]:
        return [waiting for waiting in self._waiting if isinstance(waiting.fault, kind)]

    def _tidy(self, now: float) -> None:
        self._waiting = [one for one in self._waiting if not one.is_spent and not one.is_over(now)]


def _luck(seed: int, route: str, name: str | None, number: int) -> float:
    """From 0 up to 1, the same for the same arguments: calls that come in another order do not share their luck."""
    drawn = hashlib.blake2b(f"{seed}/{route}/{name}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") / 2**64
