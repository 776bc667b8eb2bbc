"""Pure: what can be made to go wrong at IMS."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.faults import Delay, DelayAnswer, Fault, Reset


class Status(Fault):
    """An error answer, before any effect: a page, as from a proxy in front, or with `error` in OAuth's words."""

    kind: Literal["status"] = "status"
    status: int = Field(ge=400, le=599)
    error: str | None = Field(default=None, description="`invalid_grant`, `server_error` and the like")
    retry_after_s: float | None = None


class LostAnswer(Fault):
    """Done, and the connection is cut: of a rotation nobody ever sees the new pair."""

    kind: Literal["lost_answer"] = "lost_answer"


class ErrorAfterCommit(Fault):
    """The same, with an error for an answer."""

    kind: Literal["error_after_commit"] = "error_after_commit"
    status: int = Field(default=502, ge=400, le=599)


AnyFault = Annotated[Status | Delay | DelayAnswer | Reset | LostAnswer | ErrorAfterCommit, Field(discriminator="kind")]


class Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[AnyFault] = Field(min_length=1)
