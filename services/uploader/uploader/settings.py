"""Edge: the uploader's settings."""

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from postflow.addresses import base_url
from postflow.sealing import require_strong
from postflow.settings import ServiceSettings

Auth = Literal["web_app", "server_to_server", "token"]


class Settings(ServiceSettings):
    frameio_api: str = "https://api.frame.io"
    frameio_account_id: str | None = None
    """The only one, if there is one."""
    frameio_auth: Auth = "web_app"
    """What the settings below must hold follows from it."""
    frameio_token: SecretStr | None = None
    frameio_client_id: str = ""
    frameio_client_secret: SecretStr | None = None
    frameio_redirect_uri: str = ""
    """Where Adobe leads a person back to; nothing needs to answer there."""
    ims_url: str = "https://ims-na1.adobelogin.com"
    secret_key: SecretStr | None = None
    """Several separated by commas: the first encrypts, all decrypt."""
    frameio_pace: float = Field(default=0.95, gt=0, le=1)
    """Share of Frame.io's documented limits that is used."""
    transport: Literal["pull", "push", "auto"] = "auto"
    uploads_per_replica: int = Field(default=8, ge=1, le=100)

    @field_validator("frameio_api", "ims_url")
    @classmethod
    def _is_an_address(cls, value: str, info: ValidationInfo) -> str:
        return base_url(value, example=str(cls.model_fields[str(info.field_name)].default))

    @field_validator("transport")
    @classmethod
    def _can_send(cls, value: str) -> str:
        if value == "push":
            raise ValueError("this release lets Frame.io pull only; set TRANSPORT=auto or TRANSPORT=pull")
        return value

    @field_validator("frameio_token")
    @classmethod
    def _has_a_token(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        _need(value, "token", info, "FRAMEIO_TOKEN_FILE may name a file with it")
        if value and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("must be the token alone, as it was shown: without a space, a line's end or an accent")
        return value

    @field_validator("frameio_client_id")
    @classmethod
    def _has_an_application(cls, value: str, info: ValidationInfo) -> str:
        _need(
            value, "web_app server_to_server", info, "the client id of the application in the Adobe Developer Console"
        )
        _is_filled_in(value)
        return value

    @field_validator("frameio_client_secret")
    @classmethod
    def _has_its_secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        _need(value, "web_app server_to_server", info, "FRAMEIO_CLIENT_SECRET_FILE may name a file with it")
        _is_filled_in(value.get_secret_value() if value else "")
        return value

    @field_validator("frameio_redirect_uri")
    @classmethod
    def _leads_back(cls, value: str, info: ValidationInfo) -> str:
        _need(value, "web_app", info, "the redirect address of the application in the Adobe Developer Console")
        _is_filled_in(value)
        if value and not _is_redirect(value):
            raise ValueError("must be an https address without ? or #, like https://localhost:8443/callback")
        return value

    @field_validator("secret_key")
    @classmethod
    def _can_encrypt(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        _need(value, "web_app", info, "it encrypts the login; make one with `openssl rand -hex 32`")
        if value and _auth(info) == "web_app":
            require_strong(value)
        return value


def _auth(info: ValidationInfo) -> str:
    """Empty when it is wrong itself: one mistake at a time."""
    return str(info.data.get("frameio_auth", ""))


def _need(value: object, modes: str, info: ValidationInfo, what: str) -> None:
    if not value and _auth(info) in modes.split():
        raise ValueError(f"is required with FRAMEIO_AUTH={_auth(info)}; {what}")


def _is_filled_in(value: str) -> None:
    if "…" in value:
        raise ValueError("still has the … of the guide; put the value that the Adobe Developer Console shows there")


def _is_redirect(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme == "https" and bool(parts.hostname) and not ("?" in value or "#" in value)
    except ValueError:
        return False
