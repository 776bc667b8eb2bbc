"""Pure: sizes as they are written in settings."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def as_nats_counts(text: object) -> object:
    """`10G` as nats-server reads it in its configuration."""
    match = re.fullmatch(r"(\d+)([KMGT]?)I?B?", text.strip().upper()) if isinstance(text, str) else None
    if match is None:
        raise ValueError("must be as in the configuration of nats-server, as 10G")
    return int(match[1]) * _UNITS[match[2]]


StoreBytes = Annotated[int, BeforeValidator(as_nats_counts), Field(gt=0)]
