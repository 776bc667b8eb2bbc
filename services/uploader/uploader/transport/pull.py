"""Pure: Frame.io fetches the file itself, from the address that the fileserver signed.

Source: Frame.io guide "How local and remote uploads work" (read 2026-11): a remote upload takes at most 50 GB.
"""

from datetime import datetime, timedelta

from postflow.errors import NotYet, PermanentError
from postflow.messages import FileExposed

LARGEST_BYTES = 50_000_000_000
NO_TUNNEL_RETRY_S = 20.0
LEAST_LIFETIME = timedelta(minutes=2)
"""An address that dies sooner is not worth a POST."""


def source_url(exposed: FileExposed) -> str:
    """The address to give to Frame.io.

    Raises:
        PermanentError: the file is too large to be pulled.
        NotYet: there is no public address now.
    """
    if exposed.size_bytes > LARGEST_BYTES:
        raise PermanentError(
            f"the file has {exposed.size_bytes:,} bytes, and Frame.io fetches at most {LARGEST_BYTES:,}",
            code="TOO_LARGE_TO_PULL",
            what_to_do="Export it in parts or at a lower data rate; this release has no other way to send it.",
        )
    if exposed.public_url is None:
        raise NotYet("there is no public address for the file", NO_TUNNEL_RETRY_S)
    return exposed.public_url


def is_worn(exposed: FileExposed, now: datetime) -> bool:
    """Whether the address has too little life left."""
    return exposed.expires_at - now < LEAST_LIFETIME
