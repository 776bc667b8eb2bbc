"""Pure: what can be made to go wrong at the daemon. `name` is a path."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.faults import Delay, DelayAnswer, Fault, Reset


class Status(Fault):
    """An error answer, as a page."""

    kind: Literal["status"] = "status"
    status: int = Field(ge=400, le=599)


class Nonsense(Fault):
    """An answer that is none."""

    kind: Literal["nonsense"] = "nonsense"
    status: int = Field(default=200, ge=200, le=599)
    body: str = "<html>"


AnyFault = Annotated[Status | Nonsense | Delay | DelayAnswer | Reset, Field(discriminator="kind")]


class Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[AnyFault] = Field(min_length=1)
