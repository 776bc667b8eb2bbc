"""Pure: signed paths. Whoever holds one may read one exposure until it expires; nobody can make one without a key.

The signature is an HMAC-SHA256 over the exposure's id and the expiry: both stand in the path, and nothing else of a
request has a say in what is served.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field

SHORTEST_KEY_BYTES = 16

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_EXPOSURE_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_EXPIRES = re.compile(r"[1-9][0-9]{0,11}")


class BadKeys(ValueError):
    """The text of the signing keys cannot be used. Says why, and never quotes a key."""


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """A path that was asked for, in its parts, exactly as they came."""

    exposure_id: str
    expires: str
    """Unix seconds."""
    key_id: str
    signature: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """One key or more: the first signs, all verify."""

    keys: tuple[Key, ...]

    def path(self, exposure_id: str, expires_s: int) -> str:
        """`/x/<exposure id>/<expires>/<key id>/<signature>`: no dot, so that no cache on the way takes it for a file.

        Args:
            exposure_id: 22 characters of the URL-safe alphabet.
            expires_s: unix seconds.
        """
        key = self.keys[0]
        return f"/x/{exposure_id}/{expires_s}/{key.id}/{_signature(key, exposure_id, str(expires_s))}"

    def signed(self, address: Address) -> bool:
        """Whether one of our keys made this address. The text of the signature is compared, not the bytes it
        stands for: base64 can say the same bytes in more than one way."""
        if not _EXPOSURE_ID.fullmatch(address.exposure_id) or not _EXPIRES.fullmatch(address.expires):
            return False
        key = next((key for key in self.keys if key.id == address.key_id), None)
        if key is None:
            return False
        right = _signature(key, address.exposure_id, address.expires)
        return hmac.compare_digest(right.encode(), address.signature.encode(errors="replace"))


def keyring(text: str) -> Keyring:
    """Read `id:base64,id:base64`; either base64 alphabet will do.

    Raises:
        BadKeys: with what is wrong, in words that hold no key.
    """
    keys = tuple(_key(part.strip(), place) for place, part in enumerate(text.split(","), start=1))
    if len({key.id for key in keys}) < len(keys):
        raise BadKeys("two keys have the same id")
    return Keyring(keys)


def _key(text: str, place: int) -> Key:
    name, colon, encoded = text.partition(":")
    if not colon or not _KEY_ID.fullmatch(name):
        raise BadKeys(f"key {place} is not id:base64, with an id of 1 to 32 letters, digits, - or _")
    try:
        secret = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise BadKeys(f"key {place} is not base64 after its id") from None
    if len(secret) < SHORTEST_KEY_BYTES:
        raise BadKeys(f"key {place} has {len(secret)} bytes, and {SHORTEST_KEY_BYTES} are the least; 32 are good")
    return Key(name, secret)


def _signature(key: Key, exposure_id: str, expires: str) -> str:
    """43 characters of the URL-safe alphabet."""
    signed = f"postflow exposure\n{exposure_id}\n{expires}".encode()
    digest = hmac.new(key.secret, signed, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
