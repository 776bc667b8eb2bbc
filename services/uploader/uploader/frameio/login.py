"""Edge: a person signs in: where to, and what comes of the address that Adobe leads back to."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from postflow.errors import PermanentError, PostFlowError, RecordConflict
from postflow.logs import get_logger
from postflow.messages import Refusal
from postflow.questions import LoginBeginAnswer, LoginBeginQuestion, LoginFinishAnswer, LoginFinishQuestion
from uploader.frameio.errors import TokenRefused
from uploader.frameio.ims import ClientRefused, GrantRefused, Issued, plain
from uploader.frameio.lifetime import lost_at
from uploader.frameio.objects import Seen
from uploader.frameio.vault import PENDING_KEY, TOKENS_KEY, PendingLogin, Vault, digest

logger = get_logger(__name__)

PENDING_S = 15 * 60.0
AGAIN = "Run `postflow login` again."

AROUND = " \t\r\n\"'<>"
"""What people paste with an address."""


class LoginFailed(PermanentError):
    """Told to the person who signs in; no file is concerned."""


class Consent(Protocol):
    def authorize_url(self, *, redirect_uri: str, state: str) -> str: ...
    async def exchange(self, code: str) -> Issued: ...
    async def revoke(self, token: SecretStr) -> None: ...


class Login:
    """
    Args:
        look: who a token belongs to, and what it can see. Raises PostFlowError.
    """

    def __init__(
        self,
        vault: Vault,
        ims: Consent,
        look: Callable[[SecretStr], Awaitable[Seen]],
        *,
        redirect_uri: str,
        now: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._ims = ims
        self._look = look
        self._redirect_uri = redirect_uri
        self._now = now

    async def begin(self, _: LoginBeginQuestion) -> LoginBeginAnswer:
        """Whatever sign-in began before is forgotten."""
        state = secrets.token_urlsafe(32)
        expires_at = self._now() + timedelta(seconds=PENDING_S)
        try:
            await self._remember(PendingLogin(state_digest=digest(state), expires_at=expires_at))
        except PostFlowError as error:
            return LoginBeginAnswer(refusal=refusal(error))
        logger.info("a sign-in has begun", action="login_begun", expires_at=expires_at.isoformat())
        return LoginBeginAnswer(
            authorize_url=self._ims.authorize_url(redirect_uri=self._redirect_uri, state=state),
            redirect_uri=self._redirect_uri,
            expires_at=expires_at,
        )

    async def finish(self, question: LoginFinishQuestion) -> LoginFinishAnswer:
        try:
            code, state = came_back(question, self._redirect_uri)
            await self._use_up(state)
            return await self._sign_in(await self._ims.exchange(code))
        except PostFlowError as error:
            refused = refusal(error)
            logger.warning("a sign-in failed", action="login_failed", code=refused.code, why=refused.why)
            return LoginFinishAnswer(refusal=refused)

    async def _remember(self, pending: PendingLogin) -> None:
        while True:
            held = await self._vault.pending.get(PENDING_KEY)
            with suppress(RecordConflict):
                if held is None:
                    await self._vault.pending.create(PENDING_KEY, pending)
                else:
                    await self._vault.pending.update(PENDING_KEY, pending, held=held)
                return

    async def _use_up(self, state: str) -> None:
        """A sign-in is finished once: what it began with is deleted before anything is done with it."""
        held = await self._vault.pending.get(PENDING_KEY)
        if held is None:
            raise LoginFailed("no sign-in is under way", code="LOGIN_NOT_BEGUN", what_to_do=AGAIN)
        if not hmac.compare_digest(digest(state), held.value.state_digest):
            raise LoginFailed(
                "this address belongs to another sign-in, or its end is missing",
                code="LOGIN_STATE_WRONG",
                what_to_do="Paste the address that followed the newest `postflow login`, or run it again.",
            )
        try:
            await self._vault.pending.delete(PENDING_KEY, held=held)
        except RecordConflict:
            raise LoginFailed("another sign-in began meanwhile", code="LOGIN_STATE_WRONG", what_to_do=AGAIN) from None
        if self._now() >= held.value.expires_at:
            raise LoginFailed("the sign-in took too long", code="LOGIN_EXPIRED", what_to_do=AGAIN)

    async def _sign_in(self, issued: Issued) -> LoginFinishAnswer:
        if issued.refresh_token is None:
            raise LoginFailed(
                "Adobe gave no lasting login (offline_access)",
                code="LOGIN_NOT_LASTING",
                what_to_do="Make the application in the Adobe Developer Console one of the kind OAuth Web App.",
            )
        try:
            seen = await self._look(issued.access.token)
        except PostFlowError:
            with suppress(PostFlowError):
                await self._ims.revoke(issued.refresh_token)
            raise
        await self._keep(issued, issued.refresh_token, seen.user)
        until = lost_at(issued.access)
        logger.info("signed in", action="login_done", user=seen.user, projects=len(seen.projects))
        return LoginFinishAnswer(user=seen.user, account=seen.account, projects=seen.projects, signed_in_until=until)

    async def _keep(self, issued: Issued, refresh_token: SecretStr, user: str) -> None:
        """In the place of whatever login there was, also of one that is being renewed at this moment."""
        login = secrets.token_hex(8)
        while True:
            held = await self._vault.record()
            sealed = self._vault.seal(held.value, issued.access, refresh_token)
            with suppress(RecordConflict):
                record = sealed.model_copy(update={"login": login, "user": user})
                await self._vault.tokens.update(TOKENS_KEY, record, held=held)
                return


def came_back(question: LoginFinishQuestion, redirect_uri: str) -> tuple[str, str]:
    """Code and state of what a person pasted.

    Raises:
        LoginFailed: it is not the address that Adobe led back to, or it says that there was no consent.
    """
    code, state = question.code.strip(), question.state.strip()
    if question.redirect:
        address, _, query = question.redirect.strip(AROUND).partition("#")[0].partition("?")
        if not is_same_place(address, redirect_uri):
            raise LoginFailed(
                f"the pasted address does not begin with {redirect_uri}",
                code="LOGIN_REDIRECT_MISMATCH",
                what_to_do="Paste the whole address that the browser shows after the consent; if Adobe shows an error "
                "instead, correct FRAMEIO_CLIENT_ID or FRAMEIO_REDIRECT_URI, and start the uploader again.",
            )
        told = {name: values[0] for name, values in parse_qs(query).items()}
        if "error" in told:
            raise _no_consent(plain(told["error"]))
        code, state = told.get("code", ""), told.get("state", "")
    if not code or not state:
        raise LoginFailed(
            "the code or the state is missing",
            code="LOGIN_INCOMPLETE",
            what_to_do="Paste the whole address that the browser shows after the consent, up to its end.",
        )
    return code, state


def is_same_place(shown: str, redirect_uri: str) -> bool:
    """Whether a browser may show one for the other: it makes the host lower case, and may leave out the scheme, the
    port that goes without saying, and the last slash."""
    try:
        return _place(shown) == _place(redirect_uri)
    except ValueError:  # of a port that is none
        return False


def _place(address: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(address if "://" in address else f"https://{address}")
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port, parts.path.rstrip("/")


def refusal(error: PostFlowError) -> Refusal:
    match error:
        case PermanentError():
            return Refusal(code=error.code, why=error.why, what_to_do=error.what_to_do)
        case ClientRefused():
            return Refusal(code="LOGIN_CLIENT_REFUSED", why=str(error), what_to_do=error.what_to_do)
        case GrantRefused():
            why = f"Adobe does not take this code any more: {error}"
            return Refusal(code="LOGIN_CODE_REFUSED", why=why, what_to_do=AGAIN)
        case TokenRefused():
            return Refusal(code="LOGIN_TOKEN_REFUSED", why=str(error), what_to_do=error.what_to_do)
        case _:
            return Refusal(code="LOGIN_INTERRUPTED", why=str(error), what_to_do=AGAIN)


def _no_consent(error: str) -> LoginFailed:
    if error == "access_denied":
        return LoginFailed(
            "the consent was refused",
            code="LOGIN_CONSENT_REFUSED",
            what_to_do="Agree in the browser, or have Adobe's administrator of the studio allow the application; "
            "then run `postflow login` again.",
        )
    return LoginFailed(
        f"Adobe refused the sign-in: {error or 'it does not say why'}",
        code="LOGIN_REFUSED",
        what_to_do="Check scopes and redirect address of the application in the Adobe Developer Console.",
    )
