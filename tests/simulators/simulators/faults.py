"""Pure: mishaps that wait in a queue until a call comes that they are meant for."""

from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """Which calls a mishap meets; what it does is said by the subclass.

    Of each kind the oldest waiting one that fits is taken, so two `status` faults meet two calls, while a
    `delay` and a `status` meet the same one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    route: str | None = Field(default=None, description="operation name; none: any")
    name: str | None = Field(default=None, description="only the call that creates this name")
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0, description="fitting calls to let pass first")


class Delay(Fault):
    """Nothing happens for a while, then what was asked for."""

    kind: Literal["delay"] = "delay"
    delay_s: float = Field(ge=0)


class DelayAnswer(Fault):
    """What was asked for is done at once, and the answer comes late."""

    kind: Literal["delay_answer"] = "delay_answer"
    delay_s: float = Field(ge=0)


F = TypeVar("F", bound=Fault)


class _Waiting:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.skip = fault.skip
        self.left = fault.times

    def fits(self, route: str, name: str | None) -> bool:
        wanted = self.fault
        return wanted.route in (None, route) and wanted.name in (None, name)


class FaultQueue:
    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    def queue(self, *faults: Fault) -> None:
        self._waiting.extend(_Waiting(fault) for fault in faults)

    def take(self, kind: type[F], *, route: str, name: str | None = None) -> F | None:
        for waiting in self._of(kind):
            if not waiting.fits(route, name):
                continue
            if waiting.skip:
                waiting.skip -= 1
                return None
            waiting.left -= 1
            if not waiting.left:
                self._waiting.remove(waiting)
            return waiting.fault if isinstance(waiting.fault, kind) else None
        return None

    def clear(self) -> None:
        self._waiting.clear()

    def as_json(self) -> list[dict[str, Any]]:
        return [waiting.fault.model_dump() | {"times": waiting.left, "skip": waiting.skip} for waiting in self._waiting]

    def _of(self, kind: type[Fault]) -> Iterable[_Waiting]:
        return [waiting for waiting in self._waiting if isinstance(waiting.fault, kind)]
