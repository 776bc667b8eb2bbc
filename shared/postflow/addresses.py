"""Pure: addresses as settings give them."""

from urllib.parse import urlsplit


def base_url(text: str, *, example: str) -> str:
    """An http(s) address that a path can be put behind, without a slash at its end.

    Raises:
        ValueError: it is none. Says what one looks like, and never quotes it.
    """
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError(f"must be an address like {example}")
    if parts.username is not None or "?" in text or "#" in text:
        raise ValueError(f"must be a plain address like {example}, without user, ? or #")
    return text.rstrip("/")


def nats_url(text: str) -> str:
    """Addresses of NATS, comma-separated.

    Raises:
        ValueError: one of them is none. Never quotes it.
    """
    for part in text.split(","):
        if not _is_of_nats(part.strip()):
            login = "; user and password stand in NATS_USER and NATS_PASSWORD" if "@" in text else ""
            raise ValueError(f"must be addresses like nats://nats:4222, comma-separated for a cluster{login}")
    return text


def _is_of_nats(text: str) -> bool:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("nats", "tls") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return sound and parts.path in ("", "/") and not any(mark in text for mark in "?# ")
