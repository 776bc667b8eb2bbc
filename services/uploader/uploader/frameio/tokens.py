"""Edge: who we are to Frame.io. Another way to sign in is another class with this one method."""

from typing import Protocol

from pydantic import SecretStr


class Tokens(Protocol):
    async def bearer(self) -> str:
        """The access token to send with the next call."""


class FixedToken:
    """`FRAMEIO_AUTH=token`: the token is a setting, and a person renews it."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    async def bearer(self) -> str:
        return self._token.get_secret_value()
