"""Pure: the one application that is registered at this IMS, how long its tokens live, and what the person says."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """All of it can be changed while running, by POST /_sim/settings; what was issued keeps its lifetime."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: str = "simulated-client"
    client_secret: str = "simulated-secret"
    redirect_uris: tuple[str, ...] = ("https://localhost:8443/callback",)
    consent: bool = Field(default=True, description="what the person answers; false: access_denied")
    expires_in_s: int = Field(default=86_399, ge=1, description="lifetime of an access token")
    refresh_expires_in_s: int = Field(default=14 * 86_400, ge=1, description="lifetime of a refresh token")
    code_expires_in_s: int = Field(default=300, ge=1)
    grace_s: float = Field(
        default=0.0,
        ge=0,
        description="how long a rotated refresh token is still taken, if nobody has used the one that came after it",
    )
    kill_family: bool = Field(default=False, description="a used refresh token kills all that came of the same login")
