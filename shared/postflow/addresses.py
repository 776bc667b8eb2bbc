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
