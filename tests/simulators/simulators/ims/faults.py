"""Pure: what can be made to go wrong at IMS."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.faults import Delay, DelayAnswer, Fault


class Status(Fault):
    """An error answer, before any effect; as HTML, as from a proxy in front."""

    kind: Literal["status"] = "status"
    status: int = Field(ge=400, le=599)


class LostAnswer(Fault):
    """Done, and the connection is cut: of a rotation nobody ever sees the new pair."""

    kind: Literal["lost_answer"] = "lost_answer"


AnyFault = Annotated[Status | Delay | DelayAnswer | LostAnswer, Field(discriminator="kind")]


class Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[AnyFault] = Field(min_length=1)
