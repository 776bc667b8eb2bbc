"""Edge: the fileserver's settings. A field `public_url` is the variable `PUBLIC_URL`."""

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from fileserver import signing
from postflow.addresses import base_url
from postflow.destination import Lane
from postflow.sealing import require_strong
from postflow.settings import LONGEST_S, ServiceSettings

NGROK_API = "http://ngrok:4040"


class Settings(ServiceSettings):
    filespace: str = "local"
    """Part of every file_id: the same as the watcher's."""
    volume_root: Path = Path("/volume")
    public_host: str = "0.0.0.0"
    public_port: int = Field(default=8080, ge=0, le=65535)
    """What the tunnel points at; 0 takes a free one."""
    internal_url: str | None = None
    """Our address for the uploader's own reads."""
    tunnel: Literal["cloudflared", "ngrok", "none"] = "cloudflared"
    public_url: str = Field(default="", validate_default=True)
    """The public base address: with TUNNEL=none, of a named tunnel, or which of ngrok's."""
    tunnel_api: str = "http://cloudflared:2000"
    """Where the sidecar says its name and health; without it, ngrok is asked at `NGROK_API`."""
    tunnel_start_s: float = Field(default=120.0, gt=0, le=LONGEST_S)
    tunnel_settle_s: float = Field(default=15.0, ge=0, le=LONGEST_S)
    """How long it must be up before anybody is told its name."""
    signing_keys: SecretStr | None = None
    """Without them one is made on first start."""
    secret_key: SecretStr | None = None
    """Encrypts the signing key that is made. Several separated by commas: the first encrypts, all decrypt."""
    fileserver_data: Path = Path("/data")
    """Where the access log is kept."""
    access_log_days: int = Field(default=365, ge=0, le=36500)
    """Older files of it are deleted; 0 keeps them all."""
    cors_origin: str = ""
    """A web page's origin that may read from the public port in a browser; Frame.io fetches from server to server."""
    url_lifetime_s: int = Field(default=86400, ge=1, le=LONGEST_S)
    uploads_in_flight: int = Field(default=6, ge=1)
    large_in_flight: int = Field(default=2, ge=1)

    @property
    def limits(self) -> dict[Lane, int]:
        return {Lane.SMALL: self.uploads_in_flight, Lane.LARGE: self.large_in_flight}

    @property
    def sidecar_api(self) -> str:
        return NGROK_API if self.tunnel == "ngrok" and "tunnel_api" not in self.model_fields_set else self.tunnel_api

    @property
    def keyring(self) -> signing.Keyring | None:
        return signing.keyring(self.signing_keys.get_secret_value()) if self.signing_keys else None

    @field_validator("public_url")
    @classmethod
    def _is_known(cls, url: str, info: ValidationInfo) -> str:
        if "tunnel" not in info.data:
            return url  # one mistake at a time: which tunnel decides what this should be
        if not url and info.data["tunnel"] != "none":
            return url  # its near end says what it is called
        if not url:
            raise ValueError("is required with TUNNEL=none: the public address that leads to PUBLIC_PORT")
        return base_url(url, example="https://film.example.com")

    @field_validator("tunnel_api")
    @classmethod
    def _is_address(cls, url: str) -> str:
        return base_url(url, example="http://cloudflared:2000")

    @field_validator("internal_url")
    @classmethod
    def _is_base(cls, url: str | None) -> str | None:
        return base_url(url, example="http://fileserver:8080") if url else None

    @field_validator("cors_origin")
    @classmethod
    def _is_origin(cls, origin: str) -> str:
        if origin and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", origin):
            raise ValueError("must be one origin, like https://review.example.com, without a path")
        return origin

    @field_validator("signing_keys")
    @classmethod
    def _are_keys(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None:
            signing.keyring(keys.get_secret_value())
        return keys

    @field_validator("secret_key")
    @classmethod
    def _can_encrypt(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is not None and info.data.get("signing_keys", secret) is None:
            require_strong(secret)
        return secret
