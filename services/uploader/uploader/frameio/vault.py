"""Edge: the tokens of a person's sign-in, encrypted, in a bucket that all replicas share.

Order of writes: a lease is on record before a refresh token is sent; the new pair is on record before it is used.
Whoever dies in between leaves a lease that runs out, and the old refresh token to try again with. The lease holds no
time: clocks of hosts differ, so each waits by its own, from when it first saw that revision of the record.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from postflow.errors import RecordConflict, WrongSecretKey
from postflow.records import Held, Records
from postflow.sealing import Sealing
from uploader.frameio.errors import TokenRefused
from uploader.frameio.lifetime import Access

TOKENS_KEY = "frameio"
PENDING_KEY = "login"

PURPOSE = "postflow: tokens of frame.io"


class TokenRecord(BaseModel):
    """What all replicas know of the sign-in.

    Attributes:
        generation: raised with every pair of tokens.
        login: random, new with every sign-in by a person; empty when nobody ever signed in.
        sealed: both tokens, encrypted.
        issued_at: when the pair was asked for; the refresh token's days count from here.
        login_needed: why these tokens are worth nothing any more; empty while they are.
        lease_owner: who renews them at this moment, or died while doing so; empty when nobody does.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    generation: int = 0
    login: str = ""
    user: str = ""
    sealed: str = Field(default="", repr=False)
    issued_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    login_needed: str = ""
    lease_owner: str = ""

    def is_leased_to_another(self, owner: str) -> bool:
        return self.lease_owner not in ("", owner)


class PendingLogin(BaseModel):
    """A sign-in that has begun: what it will come back with, as a digest."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    state_digest: str
    expires_at: AwareDatetime


class _Sealed(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One generation of tokens, in the clear; never leaves the process."""

    generation: int
    login: str
    user: str
    access: Access
    refresh_token: SecretStr


class Vault:
    """
    Args:
        secret_key: one key, or several separated by commas: the first encrypts, all decrypt.
    """

    def __init__(self, tokens: Records[TokenRecord], pending: Records[PendingLogin], secret_key: SecretStr) -> None:
        self.tokens = tokens
        self.pending = pending
        self._sealing = Sealing(secret_key, PURPOSE)

    async def record(self) -> Held[TokenRecord]:
        """Made empty when there is none yet."""
        while (held := await self.tokens.get(TOKENS_KEY)) is None:
            with suppress(RecordConflict):
                await self.tokens.create(TOKENS_KEY, TokenRecord())
        return held

    def seal(self, record: TokenRecord, access: Access, refresh_token: SecretStr) -> TokenRecord:
        """The record with the next generation in it, and without a lease."""
        clear = _Sealed(
            access_token=access.token.get_secret_value(), refresh_token=refresh_token.get_secret_value()
        ).model_dump_json()
        return record.model_copy(
            update={
                "generation": record.generation + 1,
                "sealed": self._sealing.seal(clear),
                "issued_at": access.issued_at,
                "expires_at": access.expires_at,
                "login_needed": "",
                "lease_owner": "",
            }
        )

    def open(self, record: TokenRecord) -> Pair:
        """Raises TokenRefused when nobody is signed in, or the key is not the one it was sealed with."""
        if record.login_needed or not record.sealed or record.issued_at is None or record.expires_at is None:
            raise TokenRefused(record.login_needed or "nobody has signed in to Frame.io yet", "Run `postflow login`.")
        try:
            clear = _Sealed.model_validate_json(self._sealing.open(record.sealed))
        except WrongSecretKey:
            raise TokenRefused(
                "SECRET_KEY is not the key that the login was encrypted with",
                "Put the earlier key behind the new one, after a comma, or run `postflow login`.",
            ) from None
        return Pair(
            record.generation,
            record.login,
            record.user,
            Access(SecretStr(clear.access_token), record.issued_at, record.expires_at),
            SecretStr(clear.refresh_token),
        )


def digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
