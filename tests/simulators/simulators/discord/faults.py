"""Pure: what can be made to go wrong at Discord."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.faults import CutAnswer, Delay, DelayAnswer, Fault, Reset


class Status(Fault):
    """An error answer, before any effect."""

    kind: Literal["status"] = "status"
    status: int = Field(ge=400, le=599)
    code: int = 0
    message: str = "An injected error"
    html: bool | None = Field(default=None, description="none: HTML for 5xx, JSON for 4xx")
    retry_after_s: float | None = None
    scope: Literal["user", "global", "shared"] | None = None


class Ban(Fault):
    """What Cloudflare says to a banned address: plain text, and no `Via` header."""

    kind: Literal["ban"] = "ban"


class ResetAfterCommit(Fault):
    """The message was stored, changed or deleted, and the connection goes away without an answer."""

    kind: Literal["reset_after_commit"] = "reset_after_commit"


class ErrorAfterCommit(Fault):
    """The same, with an error answer."""

    kind: Literal["error_after_commit"] = "error_after_commit"
    status: int = Field(default=502, ge=400, le=599)


AnyFault = Annotated[
    Status | Ban | Delay | DelayAnswer | Reset | CutAnswer | ResetAfterCommit | ErrorAfterCommit,
    Field(discriminator="kind"),
]


class Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[AnyFault] = Field(min_length=1)
