"""Pure: what kind of tunnel this is, and how long each step of its start takes. Times are seconds."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str = Field(default="http://127.0.0.1:8080", description="base address of what the tunnel leads to")
    answers_after_s: float = Field(default=0.2, ge=0, description="until then the metrics port refuses connections")
    linked_after_s: float = Field(default=1.5, ge=0, description="from then on until the first link to the edge")
    named: str = Field(default="", description="name of a tunnel that has one of its own; empty: a quick tunnel")
    rules: tuple[str, ...] = Field(
        default=(), description="host names that a named tunnel serves; none: whatever host it is asked by"
    )
    front: str = Field(default="", description="base address of the front; empty: the address the asker used")
    read_gap_s: float = Field(default=120.0, gt=0, description="silence of the origin that the edge bears")
    published_after_s: float | None = Field(
        default=None, ge=0, description="from the first link until resolvers know the name; none: they always did"
    )
    negative_ttl_s: float = Field(default=1800.0, ge=0, description="how long one that was asked too early says no")
    most_in_flight: int = Field(default=200, ge=1, description="requests of a quick tunnel; above that 429")
