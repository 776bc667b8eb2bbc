"""Edge: who we are in Frame.io, found out again with every new login; deliveries wait until it is known.

While Frame.io does not answer they are not held back here: each tries again after a while.
"""

import asyncio
from contextlib import suppress

from postflow.checks import Check
from postflow.errors import PostFlowError
from postflow.logs import get_logger
from postflow.waiting import until_set
from uploader.frameio.client import FrameIO
from uploader.frameio.discovery import discover
from uploader.frameio.tokens import Tokens

logger = get_logger(__name__)

RETRY_S = 5.0
LOOK_S = 2.0
CHECK_API = "Check FRAMEIO_API, and that Frame.io can be reached from here."


class SignIn:
    def __init__(self, frameio: FrameIO, tokens: Tokens, account_id: str | None) -> None:
        self._frameio = frameio
        self._tokens = tokens
        self._account_id = account_id
        self._ready = asyncio.Event()
        self._login = ""
        self._state = Check(False, "not asked yet", "Nothing: it is asked in a moment.")

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set()

    def check(self) -> Check:
        """What is wrong with the login itself has a line of its own."""
        if not self._state.ok and not self._tokens.check().ok:
            return Check(True, "waits for the login")
        return (self._frameio.answering.check() if self._state.ok else None) or self._state

    async def permit(self) -> None:
        """Returns once we are signed in."""
        await self._ready.wait()

    async def run(self, stop: asyncio.Event) -> None:
        """Sign in, and notice when that ends or somebody else signs in, until `stop`."""
        while not stop.is_set():
            try:
                await self._look()
            except PostFlowError as error:
                self._wait(error)
                await until_set(stop, RETRY_S)
            else:
                await until_set(stop, LOOK_S)

    async def _look(self) -> None:
        login = await self._tokens.login()
        if login != self._login or self._frameio.is_refused:
            self._ready.clear()
            await discover(self._frameio, self._account_id)
            self._login = login
        if not self._ready.is_set():
            user, account = self._frameio.user_name, self._frameio.account_name
            self._state = Check(True, f"signed in as {user}, account {account}")
            logger.info("signed in to Frame.io", action="frameio_ready", user=user, account=account)
            self._ready.set()
        if self._frameio.answering.is_doubtful:
            with suppress(PostFlowError):
                await self._frameio.me()

    def _wait(self, error: PostFlowError) -> None:
        self._ready.clear()
        state = Check(False, str(error), error.what_to_do or CHECK_API)
        if state != self._state:
            logger.warning("waiting for Frame.io", action="frameio_wait", why=state.detail, what_to_do=state.what_to_do)
        self._state = state
