"""Edge: the console's settings."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from postflow.settings import ServiceSettings

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def _as_nats_counts(text: object) -> object:
    """`10G` as nats-server reads it in its configuration."""
    match = re.fullmatch(r"(\d+)([KMGT]?)I?B?", text.strip().upper()) if isinstance(text, str) else None
    if match is None:
        raise ValueError("must be as in the configuration of nats-server, as 10G")
    return int(match[1]) * _UNITS[match[2]]


class Settings(ServiceSettings):
    is_traced = False

    nats_max_file_store: Annotated[int, BeforeValidator(_as_nats_counts), Field(gt=0)] | None = None
    """The same as `max_file_store` of the server, which tells it nobody; `doctor` says how full it is."""
