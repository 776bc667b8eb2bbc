"""Edge: a message → what its channel should show, written to `posts` first and shown then (the handler).

What one process does in a channel it does in turns, so that two messages about a file never race; against another
process the record decides.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from opentelemetry.trace import Span, SpanKind
from prometheus_client import Counter

from notifier.card import Card, State, Wish
from notifier.cards import wish_for
from notifier.channels.outcomes import MessageGone, Unanswered
from notifier.posts import Post, next_post
from postflow import attributes
from postflow.errors import BusUnavailable, ClaimLost, NotYet, PostFlowError, RecordConflict
from postflow.logs import get_logger
from postflow.messages import FileEnded
from postflow.reading import Delivery
from postflow.records import Held
from postflow.telemetry import Telemetry

logger = get_logger(__name__)

SHOWN = Counter("postflow_cards_total", "Cards by what was done with them", ["channel", "done"])
REPEATED = Counter(
    "postflow_cards_possibly_repeated_total", "Cards posted again because the answer to the first post was never read"
)

SENDING_S = 45.0
"""Longer than a card and its plainer form may take on their way."""

RECORD_AGAIN_S = 0.5

E = TypeVar("E")


class Posts(Protocol):
    """The bucket `posts`, changed by compare-and-set. Raises RecordConflict and BusUnavailable."""

    async def get(self, key: str) -> Held[Post] | None: ...

    async def create(self, key: str, value: Post) -> Held[Post]: ...

    async def update(self, key: str, value: Post, *, held: Held[Post]) -> Held[Post]: ...


class Channel(Protocol):
    @property
    def name(self) -> str: ...

    def turn(self, *, can_wait: bool = False) -> AbstractAsyncContextManager[None]:
        """Wait until a call may go out. `can_wait`: until no other waits."""

    async def post(self, card: Card) -> str:
        """Returns the message's id."""

    async def edit(self, message_id: str, card: Card) -> None:
        """Raises MessageGone when there is nothing to edit any more."""


class Notifier:
    def __init__(
        self,
        posts: Posts,
        channel_of: Callable[[str], Channel],
        ended: Callable[[FileEnded], Awaitable[None]],
        *,
        telemetry: Telemetry,
        now: Callable[[], datetime],
        jaeger_url: str | None = None,
        sending_s: float = SENDING_S,
    ) -> None:
        self._posts = posts
        self._channel_of = channel_of
        self._ended = ended
        self._telemetry = telemetry
        self._now = now
        self._jaeger_url = jaeger_url
        self._sending = timedelta(seconds=sending_s)

    async def handle(self, delivery: Delivery) -> None:
        message = delivery.message
        if isinstance(message, FileEnded):
            await self._ended(message)
        wish = wish_for(message, jaeger_url=self._jaeger_url)
        if wish is not None:
            await self.show(wish)

    async def show(self, wish: Wish) -> None:
        held = await self._posts.get(wish.key)
        if held is not None and next_post(held.value, wish) is None:
            return
        channel = self._channel_of(held.value.channel if held else wish.channel)
        async with channel.turn(can_wait=wish.card.state is State.PLAYABLE):
            await self._bring(channel, wish)

    async def _bring(self, channel: Channel, wish: Wish) -> None:
        held = await self._posts.get(wish.key)
        wanted = next_post(held.value if held else None, wish)
        if wanted is None:
            return
        self._unless_sending(wanted)
        if wanted.settled:
            await self._write(wish.key, wanted, held)
            return
        claimed = await self._write(wish.key, wanted.sending(self._now() + self._sending), held)
        await self._send(channel, wish.key, claimed)

    def _unless_sending(self, post: Post) -> None:
        """Somebody may be posting this very card: wait for the end of it."""
        if post.sending_until is not None and post.sending_until > self._now():
            left_s = (post.sending_until - self._now()).total_seconds()
            raise NotYet("the card may be on its way already", min(left_s, 25.0) + 0.5)

    async def _send(self, channel: Channel, key: str, claimed: Held[Post]) -> None:
        """Edit the message that is there; post one where there is none."""
        known = claimed.value.message_id
        if known is not None:
            if await self._tried(self._edited(channel, known, claimed.value), key, claimed):
                await self._record(key, claimed.value.shown_by(known), claimed)
                return
            claimed = await self._record(key, claimed.value.without_message(), claimed)
        message_id = await self._tried(self._posted(channel, claimed.value), key, claimed)
        await self._record(key, claimed.value.shown_by(message_id), claimed)

    async def _tried(self, effect: Awaitable[E], key: str, claimed: Held[Post]) -> E:
        """Where an effect fails, the record says so before anybody else looks at it."""
        try:
            return await effect
        except Unanswered:
            await self._record(key, claimed.value.without_answer(), claimed)
            raise
        except PostFlowError:
            await self._record(key, claimed.value.not_sent(), claimed)
            raise

    async def _edited(self, channel: Channel, message_id: str, post: Post) -> bool:
        """False when somebody has deleted the message."""
        with self._span("edit card", post):
            try:
                await channel.edit(message_id, post.card)
            except MessageGone:
                logger.info("somebody deleted a card: it is posted anew", action="card_gone", channel=channel.name)
                return False
        _told("edited", channel, post)
        return True

    async def _posted(self, channel: Channel, post: Post) -> str:
        with self._span("post card", post):
            message_id = await channel.post(post.card)
        _told("posted", channel, post)
        if post.unanswered:
            REPEATED.inc()
            logger.warning("a card may be there twice", action="card_repeated", channel=channel.name)
        return message_id

    async def _write(self, key: str, post: Post, held: Held[Post] | None) -> Held[Post]:
        """Before an effect: whoever loses here has no effect."""
        try:
            if held is None:
                return await self._posts.create(key, post)
            return await self._posts.update(key, post, held=held)
        except RecordConflict as conflict:
            raise ClaimLost(str(conflict)) from None

    async def _record(self, key: str, post: Post, held: Held[Post]) -> Held[Post]:
        """After an effect: what is known now must not be lost, however long NATS is away."""
        while post != held.value:
            try:
                return await self._posts.update(key, post, held=held)
            except BusUnavailable:
                await asyncio.sleep(RECORD_AGAIN_S)
            except RecordConflict as conflict:
                held = await self._ours(key, post, str(conflict))
        return held

    async def _ours(self, key: str, post: Post, conflict: str) -> Held[Post]:
        """An update whose answer was lost may have been stored after all; anything else is another's."""
        while True:
            try:
                stored = await self._posts.get(key)
            except BusUnavailable:
                await asyncio.sleep(RECORD_AGAIN_S)
                continue
            if stored is None or stored.value != post:
                raise ClaimLost(conflict)
            return stored

    def _span(self, name: str, post: Post) -> AbstractContextManager[Span]:
        return self._telemetry.step(name, kind=SpanKind.CLIENT, attributes={attributes.STATE: post.card.state.value})


def _told(done: str, channel: Channel, post: Post) -> None:
    SHOWN.labels(channel.name, done).inc()
    logger.info("a card is shown", action=f"card_{done}", channel=channel.name, title=post.card.title)
