"""Edge: `FRAMEIO_AUTH=web_app`: tokens that one replica at a time renews for all.

Adobe's refresh token rotates: each can be used once, and whoever uses an old one may end them all. So a lease in the
shared record decides who renews; the others wait for the record to change. See `vault` for the order of writes.
"""

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Protocol

from pydantic import SecretStr

from postflow.checks import Check
from postflow.errors import BusUnavailable, NotYet, PostFlowError, RecordConflict
from postflow.logs import get_logger
from postflow.records import Held
from postflow.waiting import until_set
from uploader.frameio.errors import TokenRefused
from uploader.frameio.ims import CHECK_IMS, RUN_LOGIN, GrantRefused, Issued
from uploader.frameio.lifetime import days_left, due_at
from uploader.frameio.vault import TOKENS_KEY, Pair, TokenRecord, Vault

logger = get_logger(__name__)

LEASE_S = 60.0
"""Longer than all tries of a refresh together take. A lease that is seen for so long was left by somebody who died."""

LEASE_LOOK_S = 0.2
PATIENCE_S = 15.0
"""How long a call waits for a token before its delivery is put off."""

PUT_OFF_S = 5.0
LOOK_S = 2.0
"""How often the shared record is read when nothing is due: a login by a person is heard of so soon."""

RETRY_S = 10.0
STORE_RETRY_S = 0.5
CLOSE_S = 20.0
WARN_DAYS = 4
START_NATS = "Start NATS; the login goes on by itself."


class Refreshing(Protocol):
    async def refresh(self, refresh_token: SecretStr) -> Issued: ...


class WebAppTokens:
    """
    Args:
        owner: names this process in the lease; another one than every other replica's.
    """

    remedy = f"{RUN_LOGIN} If that is of no help, check in the Adobe Developer Console that it has the Frame.io API."

    def __init__(self, vault: Vault, ims: Refreshing, *, owner: str, now: Callable[[], datetime]) -> None:
        self._vault = vault
        self._ims = ims
        self._owner = owner
        self._now = now
        self._pair: Pair | None = None
        self._renewal: asyncio.Task[None] | None = None
        self.trouble: PostFlowError | None = None
        """Why the last look at the login came to nothing."""
        self._told: tuple[str, int | None] = ("", None)
        self._seen: tuple[int, float] | None = None
        """The newest revision of the record, and when we saw it first, by the monotonic clock."""

    def check(self) -> Check:
        """Whether there is a login, and for how many days more if nothing renews it."""
        pair, trouble = self._pair, self.trouble
        if pair is None:
            if trouble is None:
                return Check(False, "the login has not been read yet", "Nothing: it is read in a moment.")
            return Check(False, str(trouble), _what_to_do(trouble))
        days = days_left(pair.access, self._now())
        detail = f"the login of {pair.user} lasts {days} day{'' if days == 1 else 's'} without being renewed"
        if trouble is not None:
            detail += f"; {trouble}"
            if not pair.access.is_good(self._now()):
                return Check(False, detail, _what_to_do(trouble))
        if days < WARN_DAYS:
            return Check(False, detail, f"{RUN_LOGIN[:-1]} before it ends; find out why it is not renewed.")
        return Check(True, detail)

    async def bearer(self) -> str:
        pair = self._pair
        while pair is None or not pair.access.is_good(self._now()):
            pair = await self._after(0 if pair is None else pair.generation)
        return pair.access.token.get_secret_value()

    async def newer_than(self, refused: str) -> str:
        pair = self._pair
        if pair is not None and pair.access.token.get_secret_value() == refused:
            pair = await self._read()
        if pair is not None and pair.access.token.get_secret_value() == refused:
            pair.access.check_worth(self._now(), self.remedy)
            await self._after(pair.generation)
        return await self.bearer()

    async def login(self) -> str:
        return (await self._read()).login

    async def keep(self, stop: asyncio.Event) -> None:
        """Renew ahead of time until `stop`."""
        while not stop.is_set():
            await until_set(stop, await self._look_after())

    async def close(self) -> None:
        """Nobody leaves in the middle of a renewal: what it brings would be lost."""
        if self._renewal is not None and not self._renewal.done():
            await asyncio.wait((self._renewal,), timeout=CLOSE_S)

    async def _look_after(self) -> float:
        """Renew when it is time. Returns in how many seconds to look again."""
        try:
            pair = await self._read()
            if self._now() >= due_at(pair.access):
                await self._after(pair.generation, patience_s=LEASE_S)
                pair = await self._read()
        except PostFlowError as error:
            self._note(error)
            return LOOK_S if isinstance(error, TokenRefused) else RETRY_S
        self.trouble = None
        return min(max((due_at(pair.access) - self._now()).total_seconds(), LEASE_LOOK_S), LOOK_S)

    def _note(self, error: PostFlowError) -> None:
        """Told once a day, and whenever there is another reason."""
        days = None if self._pair is None else days_left(self._pair.access, self._now())
        if (str(error), days) != self._told:
            what_to_do = _what_to_do(error)
            logger.warning(
                "no new token", action="token_trouble", why=str(error), days_left=days, what_to_do=what_to_do
            )
        self._told = (str(error), days)
        self.trouble = error

    async def _read(self) -> Pair:
        """What is on record now. Raises TokenRefused while nobody is signed in."""
        try:
            held = await self._vault.record()
            self._seen_for_s(held)
            self._pair = self._vault.open(held.value)
        except TokenRefused:
            self._pair = None
            raise
        return self._pair

    async def _after(self, generation: int, *, patience_s: float = PATIENCE_S) -> Pair:
        """A pair later than that generation, renewed by us or by another replica.

        All who wait here wait for one renewal, and none of them can break it off.
        """
        try:
            async with asyncio.timeout(patience_s):
                while self._pair is None or self._pair.generation <= generation:
                    await asyncio.shield(self._renewed(generation))
                return self._pair
        except TimeoutError:
            raise NotYet("the token is being renewed", PUT_OFF_S) from None

    def _renewed(self, generation: int) -> asyncio.Task[None]:
        if self._renewal is None or self._renewal.done():
            # In a context of its own: what serves many files belongs to no file's trace.
            self._renewal = asyncio.create_task(self._renew(generation), context=contextvars.Context())
            self._renewal.add_done_callback(_seen)
        return self._renewal

    async def _renew(self, generation: int) -> None:
        while True:
            held = await self._vault.record()
            pair = self._pair = self._vault.open(held.value)
            if pair.generation > generation and pair.access.is_good(self._now()):
                return
            if held.value.is_leased_to_another(self._owner) and self._seen_for_s(held) < LEASE_S:
                await asyncio.sleep(LEASE_LOOK_S)
                continue
            lease = held.value.model_copy(update={"lease_owner": self._owner})
            with suppress(RecordConflict):
                leased = await self._vault.tokens.update(TOKENS_KEY, lease, held=held)
                await self._rotate(leased, pair)

    def _seen_for_s(self, held: Held[TokenRecord]) -> float:
        """For how long the record is as it is, as far as we saw."""
        now_s = time.monotonic()
        if self._seen is None or self._seen[0] != held.revision:
            self._seen = held.revision, now_s
        return now_s - self._seen[1]

    async def _rotate(self, leased: Held[TokenRecord], pair: Pair) -> None:
        """Raises RecordConflict when somebody signed in meanwhile: theirs is newer than anything of ours."""
        try:
            issued = await self._ims.refresh(pair.refresh_token)
        except GrantRefused as refused:
            why = f"the login to Frame.io has ended: {refused}"
            ended = leased.value.model_copy(update={"login_needed": why, "lease_owner": ""})
            await self._insist(partial(self._vault.tokens.update, TOKENS_KEY, ended, held=leased))
            logger.error("the login has ended", action="login_needed", why=str(refused), what_to_do=RUN_LOGIN)
            self._pair = None
            raise
        except PostFlowError:
            released = leased.value.model_copy(update={"lease_owner": ""})
            await self._vault.tokens.update(TOKENS_KEY, released, held=leased)
            raise
        await self._store(leased, issued, pair)

    async def _store(self, leased: Held[TokenRecord], issued: Issued, old: Pair) -> None:
        """Durably, before anybody uses it: the old refresh token is dead, and this is the only copy of the new one."""
        sealed = self._vault.seal(leased.value, issued.access, issued.refresh_token or old.refresh_token)
        held = leased
        while True:
            try:
                await self._insist(partial(self._vault.tokens.update, TOKENS_KEY, sealed, held=held))
                break
            except RecordConflict:
                held = await self._insist(self._vault.record)
                if held.value.sealed == sealed.sealed:
                    break  # it was stored, and the answer was lost
                if held.value.generation >= sealed.generation or held.value.login != sealed.login:
                    raise
        logger.info("renewed the token", action="token_renewed", generation=sealed.generation)
        self._pair = self._vault.open(sealed)

    async def _insist(self, write: Callable[[], Awaitable[Held[TokenRecord]]]) -> Held[TokenRecord]:
        """However long NATS is away."""
        while True:
            try:
                return await write()
            except BusUnavailable as error:
                logger.warning("waiting to store a token", action="token_store_wait", why=str(error))
                await asyncio.sleep(STORE_RETRY_S)


def _what_to_do(trouble: PostFlowError) -> str:
    return trouble.what_to_do or (START_NATS if isinstance(trouble, BusUnavailable) else CHECK_IMS)


def _seen(renewal: asyncio.Task[None]) -> None:
    """Its error reached whoever waited; if nobody does any more, it is no defect either."""
    if not renewal.cancelled():
        renewal.exception()
