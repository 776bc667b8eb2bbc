"""Pure: which filespace the daemon has linked, and how much it bears."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    filespace: str = Field(default="film.studio", min_length=1, description="as `lucid list` calls it")
    flag: bool = Field(default=True, description="false: a daemon whose entries have no `remoteUpload`")
    most_at_once: int = Field(default=10, ge=1, description="calls under way; above that a violation")
