"""Edge: whom Frame.io lets in: fixed tokens, and those that an IMS says are good."""

import secrets

import httpx

from simulators.frameio.refusals import Refused


class Bearers:
    """
    Args:
        ims_url: base address of a simulated IMS; empty: only the fixed tokens are taken.
    """

    def __init__(self, tokens: tuple[str, ...], ims_url: str) -> None:
        self._tokens = tokens
        self._ended: frozenset[str] = frozenset()
        self._ims_url = ims_url
        self._http: httpx.AsyncClient | None = None

    def take_only(self, tokens: tuple[str, ...]) -> None:
        """Other fixed tokens from now on: those that were taken before have been revoked."""
        self._ended = (self._ended | frozenset(self._tokens)) - frozenset(tokens)
        self._tokens = tokens

    async def admit(self, authorization: str) -> None:
        """
        Raises:
            Refused: 401. No violation for a token that was good once: any client may meet its end.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401, violation="unauthorized")
        if any([secrets.compare_digest(token.encode(), known.encode()) for known in self._tokens]):
            return
        if token in self._ended:
            raise Refused(401)
        if not self._ims_url:
            raise Refused(401, violation="unauthorized")
        told = await self._introspect(token)
        if not told["active"]:
            raise Refused(401, violation=None if told["known"] else "unauthorized")

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _introspect(self, token: str) -> dict[str, bool]:
        self._http = self._http or httpx.AsyncClient(trust_env=False)
        answer = await self._http.post(f"{self._ims_url}/_sim/introspect", json={"token": token})
        told: dict[str, bool] = answer.json()
        return told
