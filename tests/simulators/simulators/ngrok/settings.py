"""Pure: what kind of agent this is, and what its plan carries. Times are seconds."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str = Field(default="http://127.0.0.1:8080", description="base address of what it leads to")
    answers_after_s: float = Field(default=0.2, ge=0, description="until then the web interface refuses connections")
    online_after_s: float = Field(default=1.0, ge=0, description="from then on until there is a session")
    more: tuple[str, ...] = Field(default=(), description="other addresses that the agent has")
    is_old: bool = Field(default=False, description="an agent before 3.30, which knows no `/api/endpoints`")
    is_free: bool = Field(default=True, description="browsers are shown a warning page first")
    most_bytes: int = Field(default=10**9, ge=0, description="that leave in a month")
    most_requests: int = Field(default=20_000, ge=0, description="in a month")
