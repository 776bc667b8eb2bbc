"""Pure: what can be made to go wrong at a tunnel."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.faults import Delay, Fault, Reset


class Nonsense(Fault):
    """The metrics port answers with this."""

    kind: Literal["nonsense"] = "nonsense"
    status: int = Field(default=200, ge=200, le=599)
    body: str = "<html>"


class EdgeError(Fault):
    """The front answers with a page of its own, and asks nobody."""

    kind: Literal["edge_error"] = "edge_error"
    status: int = Field(default=502, ge=200, le=599)
    code: int | None = Field(default=None, description="1033 and the like; none: the plain status")
    location: str = Field(default="", description="where it sends the asker on to")


class CutBody(Fault):
    """The connection goes away after so many bytes of a body."""

    kind: Literal["cut_body"] = "cut_body"
    after_bytes: int = Field(default=0, ge=0)


class StallBody(Fault):
    """Nothing more of a body comes after so many bytes, and the connection stays; it goes on later, or never."""

    kind: Literal["stall_body"] = "stall_body"
    after_bytes: int = Field(default=0, ge=0)
    for_s: float | None = Field(default=None, gt=0, description="none: for good")


class ChangeBody(Fault):
    """As many bytes arrive as were sent, and they are not the same."""

    kind: Literal["change_body"] = "change_body"


AnyFault = Annotated[
    Nonsense | EdgeError | CutBody | StallBody | ChangeBody | Delay | Reset, Field(discriminator="kind")
]


class Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[AnyFault] = Field(min_length=1)
