"""Edge: one Discord channel, by its webhook. No address is ever part of an error or a log line."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

import httpx

from notifier.card import Card
from notifier.channels import answers, payload
from notifier.channels.outcomes import CardRefused, Closed, TooFast, Unanswered, Unreachable
from notifier.channels.pace import Pace
from notifier.channels.webhook import Webhook
from postflow.checks import Check
from postflow.errors import NotYet, PostFlowError
from postflow.logs import get_logger

logger = get_logger(__name__)

CALL_S = 20.0
QUEUE = 32
"""Messages that wait for one channel in memory; the others wait in the stream, so that no channel starves another."""
CROWDED_S = 20.0
"""How long the others look away."""
PATIENCE_S = 30.0
"""A longer wait is given back to the stream."""

CHECK_WAY = "Check the way to discord.com; the cards wait and go out by themselves."

_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def http_client() -> httpx.AsyncClient:
    """Discord turns away whoever does not introduce himself in this form."""
    agent = f"DiscordBot (https://postflow.example, {_release()})"
    return httpx.AsyncClient(headers={"User-Agent": agent}, timeout=httpx.Timeout(15.0, connect=5.0))


class Discord:
    """
    Args:
        mentions: whom to call when a card needs a person.
        everywhere: shared by all channels, for what holds for our address as a whole.
    """

    def __init__(
        self,
        name: str,
        webhook: Webhook,
        client: httpx.AsyncClient,
        *,
        pace: Pace,
        everywhere: Pace,
        mentions: Sequence[str] = (),
    ) -> None:
        self.name = name
        self._webhook = webhook
        self._client = client
        self._mentions = tuple(mentions)
        self._pace = pace
        self._everywhere = everywhere
        self._one_by_one = asyncio.Lock()
        self._waiting = 0
        self._urgent = 0
        self._seen = False
        self._trouble: PostFlowError | None = None
        self._closed_until = 0.0

    @asynccontextmanager
    async def turn(self, *, can_wait: bool = False) -> AsyncIterator[None]:
        """Wait until a call may go out, first come, first served. What can wait gives way to all else.

        Raises:
            Closed: it takes nothing until a person has acted.
            NotYet: the wait is too long to hold a message for it.
        """
        if self._waiting >= QUEUE or (self._urgent and can_wait):
            raise NotYet(f"{self._waiting} cards wait for the channel {self.name} already", _with_jitter(CROWDED_S))
        self._waiting += 1
        self._urgent += not can_wait
        try:
            async with self._one_by_one:
                await self._room()
                yield
        finally:
            self._waiting -= 1
            self._urgent -= not can_wait

    async def post(self, card: Card) -> str:
        """Returns the message's id. Raises what `outcomes` lists."""
        query = {"wait": "true", "with_components": "true"}
        response = await self._send("POST", "", query, payload.whole(card, self._mentions), payload.reduced(card))
        posted = answers.message_id(response.content)
        if posted is None:
            raise Unanswered("Discord took a card and did not name its message")
        return posted

    async def edit(self, message_id: str, card: Card) -> None:
        """Raises what `outcomes` lists."""
        query = {"with_components": "true"}
        body = payload.whole(card, self._mentions)
        await self._send("PATCH", f"/messages/{message_id}", query, body, payload.reduced(card))

    async def look(self, *, anew: bool = False) -> None:
        """Ask Discord whether it knows the webhook. Never raises; see `check`.

        Args:
            anew: also if the last call went well.
        """
        if self._seen and self._trouble is None and not anew:
            return
        try:
            async with self.turn():
                await self._call("GET", "", {}, None)
        except Closed:
            return  # told when it closed
        except PostFlowError as error:
            facts = {"channel": self.name, "why": str(error), "what_to_do": CHECK_WAY}
            logger.warning("the channel cannot be used", action="channel_trouble", **facts)

    def check(self) -> Check:
        match self._trouble:
            case None:
                return Check(True, "known to Discord" if self._seen else "not asked yet")
            case Closed() as closed:
                return Check(False, str(closed), closed.what_to_do)
            case other:
                return Check(False, str(other), CHECK_WAY)

    async def _room(self) -> None:
        while True:
            now = time.monotonic()
            if isinstance(self._trouble, Closed) and now < self._closed_until:
                raise self._trouble.again()
            wait_s = max(self._pace.wait_s(now), self._everywhere.wait_s(now))
            if wait_s == 0:
                return
            if wait_s > PATIENCE_S:
                raise NotYet(f"the channel {self.name} takes nothing for {wait_s:.0f} s", _with_jitter(PATIENCE_S - 1))
            await asyncio.sleep(wait_s)

    async def _send(
        self, method: str, path: str, query: dict[str, str], body: payload.Payload, plainer: payload.Payload
    ) -> httpx.Response:
        try:
            return await self._call(method, path, query, body)
        except CardRefused as refused:
            logger.error("a card goes out in plain words", action="card_reduced", channel=self.name, why=refused.why)
            return await self._call(method, path, query, plainer)

    async def _call(
        self, method: str, path: str, query: dict[str, str], body: payload.Payload | None
    ) -> httpx.Response:
        for pace in (self._pace, self._everywhere):
            pace.spend(time.monotonic())
        try:
            response = await self._answer(method, path, query, body)
            self._learn(response)
            trouble = answers.trouble(response.status_code, response.headers, response.content)
            if trouble is not None:
                raise trouble
        except PostFlowError as error:
            self._note(error)
            raise
        self._seen, self._trouble = True, None
        return response

    async def _answer(
        self, method: str, path: str, query: dict[str, str], body: payload.Payload | None
    ) -> httpx.Response:
        """The errors of httpx carry the request with its address: none of them may be seen outside."""
        try:
            async with asyncio.timeout(CALL_S):
                return await self._client.request(method, self._webhook.address + path, params=query, json=body)
        except _NOTHING_SENT as error:
            raise Unreachable(f"Discord cannot be reached: {type(error).__name__}") from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unanswered(f"Discord did not answer: {type(error).__name__}") from None

    def _learn(self, response: httpx.Response) -> None:
        room = answers.room(response.headers)
        if room is not None and room.remaining <= 0:
            self._pace.hold(time.monotonic(), room.reset_after_s)

    def _note(self, error: PostFlowError) -> None:
        match error:
            case TooFast():
                held = self._everywhere if error.everywhere else self._pace
                held.hold(time.monotonic(), _with_jitter(error.hold_s))
                self._trouble = error if error.everywhere else self._trouble
            case Closed():
                forever = float("inf") if error.for_good else error.retry_after_s or 0.0
                self._closed_until = time.monotonic() + forever
                self._trouble = error
                logger.error(
                    "the channel is closed",
                    action="channel_closed",
                    channel=self.name,
                    why=str(error),
                    what_to_do=error.what_to_do,
                )
            case Unanswered() | Unreachable():
                self._trouble = error
            case _:
                self._seen, self._trouble = True, None


def _with_jitter(seconds: float) -> float:
    """A little later, and not all at once."""
    return seconds + random.uniform(0.0, min(1.0, seconds / 10))


def _release() -> str:
    try:
        return version("postflow-notifier")
    except PackageNotFoundError:
        return "0"
