"""Edge: the calls to Adobe's sign-in service, IMS.

Source: Adobe's "User Authentication Credentials API Reference (IMS)" and "Frame.io server-to-server" (read 2026-11).
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from postflow.errors import RetryableError
from uploader.frameio.errors import TokenRefused
from uploader.frameio.lifetime import Access

SCOPES = "openid email profile offline_access additional_info.roles"
SERVICE_SCOPES = "openid,AdobeID,frame.s2s.all"

LONGEST_LIFE_S = 366 * 86_400.0
"""Adobe's tokens live for a day; what claims more than a year is no life of a token."""

CALL_TIMEOUT_S = 10.0
REFRESH_TRIES = 3
"""A refresh whose answer is lost is tried at once with the same token: later nobody would take that any more."""

CORRECT_CLIENT = "Correct FRAMEIO_CLIENT_ID and FRAMEIO_CLIENT_SECRET, and start the uploader again."
RUN_LOGIN = "Run `postflow login`."
CHECK_IMS = "Check IMS_URL, and that Adobe can be reached from here."


class ImsUnavailable(RetryableError):
    """It did not answer, or with a 5xx; what was asked for may have been done."""

    what_to_do = CHECK_IMS


class ClientRefused(TokenRefused):
    """Adobe does not know this application, or not this secret."""


class GrantRefused(TokenRefused):
    """The code or the refresh token is worth nothing any more."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What a person's consent, or its renewal, gave us."""

    access: Access
    refresh_token: SecretStr | None


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: SecretStr = Field(min_length=1)
    expires_in: float = Field(gt=0, le=LONGEST_LIFE_S)
    refresh_token: SecretStr | None = None


class Ims:
    """One application at IMS. Every call raises ImsUnavailable, ClientRefused or GrantRefused."""

    def __init__(
        self, http: httpx.AsyncClient, *, client_id: str, client_secret: SecretStr, now: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._client_id = client_id
        self._client_secret = client_secret
        self._now = now

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        """Where a person consents."""
        asked = {
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPES,
            "response_type": "code",
            "state": state,
        }
        return f"{str(self._http.base_url).rstrip('/')}/ims/authorize/v2?{urlencode(asked, quote_via=quote)}"

    async def exchange(self, code: str) -> Issued:
        return await self._issued({"grant_type": "authorization_code", "code": code})

    async def refresh(self, refresh_token: SecretStr) -> Issued:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.get_secret_value()}
        for _ in range(REFRESH_TRIES - 1):
            try:
                return await self._issued(form)
            except ImsUnavailable:
                continue
        return await self._issued(form)

    async def service_token(self) -> Access:
        issued = await self._issued({"grant_type": "client_credentials", "scope": SERVICE_SCOPES})
        return issued.access

    async def revoke(self, token: SecretStr) -> None:
        await self._post("/ims/revoke", {"token": token.get_secret_value()})

    async def _issued(self, form: dict[str, str]) -> Issued:
        asked_at = self._now()
        response = await self._post("/ims/token/v3", form)
        try:
            answer = _Answer.model_validate_json(response.content)
        except ValidationError:
            raise ImsUnavailable("Adobe answered with something that is no token") from None
        expires_at = asked_at + timedelta(seconds=answer.expires_in)
        return Issued(Access(answer.access_token, asked_at, expires_at), answer.refresh_token)

    async def _post(self, path: str, form: dict[str, str]) -> httpx.Response:
        """The secret goes in the form, which every kind of grant takes."""
        own = {"client_id": self._client_id, "client_secret": self._client_secret.get_secret_value()}
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                response = await self._http.post(path, data=own | form)
        except (httpx.HTTPError, TimeoutError) as error:
            raise ImsUnavailable(f"Adobe's sign-in did not answer: {type(error).__name__}") from None
        if not response.is_success:
            raise _refusal(response)
        return response


def _refusal(response: httpx.Response) -> Exception:
    """IMS says by `error` what is wrong; whether with 400 or 401 is not documented."""
    if response.status_code == 429 or response.status_code >= 500:
        return ImsUnavailable(f"Adobe's sign-in answered {response.status_code}")
    code = error_code(response)
    said = f"Adobe's sign-in answered {response.status_code}" + (f", {code}" if code else "")
    match code:
        case "invalid_client" | "unauthorized_client":
            return ClientRefused(said, CORRECT_CLIENT)
        case "invalid_grant" | "access_denied":
            return GrantRefused(said, RUN_LOGIN)
        case "invalid_scope":
            return ClientRefused(said, "Add the Frame.io API to this application in the Adobe Developer Console.")
        case _:
            return ImsUnavailable(said)


def error_code(response: httpx.Response) -> str:
    """Only a word: descriptions may quote what we sent."""
    try:
        return plain(str(response.json()["error"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def plain(code: str) -> str:
    """An error code, or nothing when it is anything else."""
    return code if re.fullmatch(r"[a-z_]{1,60}", code) else ""
