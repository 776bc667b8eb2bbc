"""Edge: the watcher's settings."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from postflow.addresses import base_url
from postflow.settings import LONGEST_S, ServiceSettings

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}


def bytes_of(text: object) -> object:
    """`10 GiB`, `10GB` and `10737418240` as a number of bytes; what is no text is left as it is."""
    if not isinstance(text, str):
        return text
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?I?)B?\s*", text.upper())
    if not match or match[2] not in UNITS:
        raise ValueError("must be a number of bytes, as 10GiB or 10737418240")
    return int(float(match[1]) * UNITS[match[2]]) if "." in match[1] else int(match[1]) * UNITS[match[2]]


class Settings(ServiceSettings):
    postflow_config: Path = Path("/etc/postflow/postflow.toml")
    filespace: str = Field(default="local", min_length=1)
    """Part of every file's id: whoever changes it makes every file a new one."""
    volume_root: Path = Path("/volume")
    volume_canary: str | None = None
    """A path below the root that must exist; else nothing is looked at, and it says so."""
    watcher_data: Path = Path("/data")
    watch_quiet_s: float = Field(default=20, ge=0, le=LONGEST_S)
    watch_samples: int = Field(default=3, ge=1, le=1000)
    scan_hot_s: float = Field(default=2, gt=0, le=LONGEST_S)
    scan_names_s: float = Field(default=10, gt=0, le=LONGEST_S)
    scan_full_s: float = Field(default=600, gt=0, le=LONGEST_S)
    watch_existing: Literal["ignore", "deliver"] = "ignore"
    lucidlink_api: str | None = None
    """Where LucidLink's daemon answers, or the relay to it. Unset: nobody is asked."""
    lucidlink_filespace: str | None = None
    """What the daemon calls the filespace, if not what FILESPACE says."""
    large_bytes: Annotated[int, BeforeValidator(bytes_of), Field(ge=1)] = 10 * 2**30

    @property
    def is_quiet_set(self) -> bool:
        """Whether a person has said how long, so that it holds whatever the volume is."""
        return "watch_quiet_s" in self.model_fields_set

    @field_validator("lucidlink_api")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        example = "http://127.0.0.1:9778 or unix:///run/lucidlink/api.sock"
        if value is None or re.fullmatch(r"unix:///[^?#]*[^/?#]", value):
            return value
        return base_url(value, example=example)

    @field_validator("lucidlink_filespace")
    @classmethod
    def _is_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9][\w.-]*", value):
            raise ValueError("must be the name that `lucid list` shows, like film.studio")
        return value

    @field_validator("volume_canary")
    @classmethod
    def _is_inside(cls, value: str | None) -> str | None:
        if value is not None and (value.startswith("/") or ".." in value.split("/")):
            raise ValueError("must be a path below VOLUME_ROOT, without a leading /")
        return value
