"""Edge: the relay's settings."""

from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import field_validator

from postflow.addresses import base_url
from postflow.settings import ServiceSettings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(ServiceSettings):
    is_traced: ClassVar[bool] = False

    lucidlink_daemon: str
    """Where the daemon answers on this machine."""
    lucidlink_socket: Path = Path("/run/lucidlink/api.sock")
    """Where the relay is asked."""

    @field_validator("lucidlink_daemon")
    @classmethod
    def _is_here(cls, value: str) -> str:
        address = base_url(value, example="http://127.0.0.1:9778")
        if urlsplit(address).hostname not in LOOPBACK:
            raise ValueError("must be an address of this machine alone, like http://127.0.0.1:9778")
        return address
