"""Edge: puts together what one way of signing in needs, by FRAMEIO_AUTH."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr

from postflow.bus import Bus
from postflow.clock import now
from postflow.messages import Refusal
from postflow.questions import (
    ASK_LOGIN_BEGIN,
    ASK_LOGIN_FINISH,
    LoginBeginAnswer,
    LoginBeginQuestion,
    LoginFinishAnswer,
    LoginFinishQuestion,
)
from postflow.service import Service
from uploader.frameio.client import FrameIO
from uploader.frameio.discovery import look
from uploader.frameio.ims import Ims
from uploader.frameio.login import Login
from uploader.frameio.objects import Seen
from uploader.frameio.pacing import Pacer
from uploader.frameio.refresh import WebAppTokens
from uploader.frameio.tokens import FixedToken, ServiceToken, Tokens
from uploader.frameio.vault import PendingLogin, TokenRecord, Vault
from uploader.settings import Settings

NO_SEAT = "Check that this user is in Frame.io, and that the application in the Adobe Developer Console has its API."


@asynccontextmanager
async def access(service: Service, bus: Bus, settings: Settings, http: httpx.AsyncClient) -> AsyncIterator[Tokens]:
    """`http` leads to Frame.io. Questions about the login are answered from now on."""
    if settings.frameio_auth == "token":
        await _answer_none(bus, settings)
        yield FixedToken(settings.frameio_token or SecretStr(""))
        return
    async with httpx.AsyncClient(base_url=settings.ims_url, timeout=30) as ims_http:
        secret = settings.frameio_client_secret or SecretStr("")
        ims = Ims(ims_http, client_id=settings.frameio_client_id, client_secret=secret, now=now)
        if settings.frameio_auth == "server_to_server":
            await _answer_none(bus, settings)
            yield ServiceToken(ims, now=now)
            return
        vault = Vault(
            await bus.records("tokens", TokenRecord),
            await bus.records("tokens", PendingLogin),
            settings.secret_key or SecretStr(""),
        )
        tokens = WebAppTokens(vault, ims, owner=secrets.token_hex(8), now=now)
        looking = _looking(service, settings, http)
        login = Login(vault, ims, looking, redirect_uri=settings.frameio_redirect_uri, now=now)
        await bus.answer("uploader", ASK_LOGIN_BEGIN, LoginBeginQuestion, login.begin)
        await bus.answer("uploader", ASK_LOGIN_FINISH, LoginFinishQuestion, login.finish)
        try:
            yield tokens
        finally:
            await tokens.close()


def _looking(service: Service, settings: Settings, http: httpx.AsyncClient) -> Callable[[SecretStr], Awaitable[Seen]]:
    """With a client of its own: the token is not ours yet."""

    async def looking(token: SecretStr) -> Seen:
        pacer = Pacer(settings.frameio_pace)
        frameio = FrameIO(http, FixedToken(token, remedy=NO_SEAT), pacer, service.telemetry)
        return await look(frameio, settings.frameio_account_id)

    return looking


async def _answer_none(bus: Bus, settings: Settings) -> None:
    """Nobody signs in here, and whoever tries is told so."""
    refusal = Refusal(
        code="LOGIN_NOT_NEEDED",
        why=f"FRAMEIO_AUTH={settings.frameio_auth} needs no login by a person",
        what_to_do="Set FRAMEIO_AUTH=web_app if a person should sign in.",
    )

    async def begin(_: LoginBeginQuestion) -> LoginBeginAnswer:
        return LoginBeginAnswer(refusal=refusal)

    async def finish(_: LoginFinishQuestion) -> LoginFinishAnswer:
        return LoginFinishAnswer(refusal=refusal)

    await bus.answer("uploader", ASK_LOGIN_BEGIN, LoginBeginQuestion, begin)
    await bus.answer("uploader", ASK_LOGIN_FINISH, LoginFinishQuestion, finish)
