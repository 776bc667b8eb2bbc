"""Edge: who we are to Frame.io. Another way to sign in is another class with these methods."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from pydantic import SecretStr

from postflow.checks import Check
from uploader.frameio.errors import RENEW_TOKEN, TokenRefused
from uploader.frameio.lifetime import Access


class Tokens(Protocol):
    remedy: str
    """What a person can do about a token that Frame.io refuses."""

    async def bearer(self) -> str:
        """The access token to send with the next call. Raises RetryableError while there is none."""

    async def newer_than(self, refused: str) -> str:
        """Another one than that which was just answered by 401. Raises TokenRefused when there will be none."""

    async def login(self) -> str:
        """Which sign-in is in force: when this changes, we may be somebody else. Raises as `bearer` does."""

    def check(self) -> Check:
        """Whether there is a login, and how long it lasts, as far as that is known."""

    async def keep(self, stop: asyncio.Event) -> None:
        """See to it, until `stop`, that there is always a token; or return at once, if that takes nothing."""


class FixedToken:
    """`FRAMEIO_AUTH=token`: the token is a setting, and a person renews it."""

    def __init__(self, token: SecretStr, *, remedy: str = RENEW_TOKEN) -> None:
        self._token = token
        self.remedy = remedy

    async def bearer(self) -> str:
        return self._token.get_secret_value()

    async def newer_than(self, refused: str) -> str:
        raise TokenRefused("Frame.io does not take this token", self.remedy)

    async def login(self) -> str:
        return "token"

    def check(self) -> Check:
        return Check(True, "FRAMEIO_TOKEN: nobody renews it, and how long it lasts is not known here")

    async def keep(self, stop: asyncio.Event) -> None:
        return


class Issuer(Protocol):
    async def service_token(self) -> Access: ...


class ServiceToken:
    """`FRAMEIO_AUTH=server_to_server`: whoever has the secret may ask for as many tokens as they like."""

    remedy = (
        "Check in the Adobe Developer Console that this credential has the Frame.io API, and access to the project."
    )

    def __init__(self, issuer: Issuer, *, now: Callable[[], datetime]) -> None:
        self._issuer = issuer
        self._now = now
        self._asking = asyncio.Lock()
        self._held: Access | None = None

    async def bearer(self) -> str:
        async with self._asking:
            if self._held is None or not self._held.is_good(self._now()):
                self._held = await self._issuer.service_token()
            return self._held.token.get_secret_value()

    async def newer_than(self, refused: str) -> str:
        async with self._asking:
            held = self._held
            if held is None or held.token.get_secret_value() == refused:
                if held is not None:
                    held.check_worth(self._now(), self.remedy)
                self._held = await self._issuer.service_token()
        return await self.bearer()

    async def login(self) -> str:
        return "service"

    def check(self) -> Check:
        if self._held is None:
            return Check(True, "FRAMEIO_CLIENT_SECRET: no token was asked for yet")
        return Check(
            True, f"FRAMEIO_CLIENT_SECRET: renewed by itself, next before {self._held.expires_at:%d %B %H:%M} UTC"
        )

    async def keep(self, stop: asyncio.Event) -> None:
        return
