"""Pure: what can be made to go wrong at ngrok."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from simulators.cloudflared.faults import ChangeBody, CutBody, EdgeError, Nonsense
from simulators.faults import Delay, Reset

AnyFault = Annotated[Nonsense | EdgeError | CutBody | ChangeBody | Delay | Reset, Field(discriminator="kind")]


class Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[AnyFault] = Field(min_length=1)
