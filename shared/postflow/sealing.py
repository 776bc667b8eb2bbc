"""Edge: what the ledgers hold of tokens and keys, encrypted with SECRET_KEY.

Its library takes some 7 MB of memory, so only who seals imports this.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from postflow.errors import WrongSecretKey

LEAST_CHARACTERS = 32


class Sealing:
    """Seals for one purpose: what was sealed for another does not open.

    Args:
        secret_key: one key, or several separated by commas: the first seals, all open.
        purpose: part of the key that is derived; with another word for the same thing nothing opens any more.
    """

    def __init__(self, secret_key: SecretStr, purpose: str) -> None:
        keys = [Fernet(_derived(key, purpose)) for key in _keys_in(secret_key)]
        self._first, self._all = keys[0], MultiFernet(keys)

    def seal(self, clear: str) -> str:
        return self._first.encrypt(clear.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises WrongSecretKey when it was sealed with none of the keys."""
        return _opened(self._all, sealed)

    def is_by_the_first(self, sealed: str) -> bool:
        """If not, sealing it anew lets the earlier key go."""
        try:
            _opened(self._first, sealed)
        except WrongSecretKey:
            return False
        return True


def require_strong(secret_key: SecretStr) -> None:
    """Raises ValueError, in words that hold no key, when one of them is too short to protect anything."""
    if any(len(key) < LEAST_CHARACTERS for key in _keys_in(secret_key)):
        raise ValueError(f"must have at least {LEAST_CHARACTERS} characters; make one with `openssl rand -hex 32`")


def _keys_in(secret_key: SecretStr) -> list[str]:
    return [key.strip() for key in secret_key.get_secret_value().split(",")]


def _derived(key: str, purpose: str) -> bytes:
    raw = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(key.encode())
    return base64.urlsafe_b64encode(raw)


def _opened(cipher: Fernet | MultiFernet, sealed: str) -> str:
    try:
        return cipher.decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise WrongSecretKey("SECRET_KEY is not the key that this was encrypted with") from None
