"""Edge: the uploader's settings."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from postflow.addresses import base_url
from postflow.settings import ServiceSettings


class Settings(ServiceSettings):
    frameio_api: str = "https://api.frame.io"
    frameio_account_id: str | None = None
    """The only one, if there is one."""
    frameio_auth: Literal["web_app", "server_to_server", "token"] = "web_app"
    frameio_token: SecretStr | None = None
    frameio_pace: float = Field(default=0.95, gt=0, le=1)
    """Share of Frame.io's documented limits that is used."""
    transport: Literal["pull", "push", "auto"] = "auto"
    uploads_per_replica: int = Field(default=8, ge=1, le=100)

    @field_validator("frameio_api")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        return base_url(value, example="https://api.frame.io")

    @field_validator("frameio_auth")
    @classmethod
    def _can_sign_in(cls, value: str) -> str:
        if value != "token":
            raise ValueError("this release signs in with a token only; set FRAMEIO_AUTH=token and FRAMEIO_TOKEN")
        return value

    @field_validator("transport")
    @classmethod
    def _can_send(cls, value: str) -> str:
        if value == "push":
            raise ValueError("this release lets Frame.io pull only; set TRANSPORT=auto or TRANSPORT=pull")
        return value

    @field_validator("frameio_token")
    @classmethod
    def _has_a_token(cls, value: SecretStr | None) -> SecretStr:
        if value is None:
            raise ValueError("is required with FRAMEIO_AUTH=token; FRAMEIO_TOKEN_FILE may name a file with it")
        return value
