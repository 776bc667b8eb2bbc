"""Pure: the notifier's edges in memory, with room for things to go wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from notifier.card import Card
from notifier.channels.outcomes import MessageGone
from notifier.posts import Post
from notifier.troubles import Troubles
from postflow.errors import BusUnavailable, RecordConflict
from postflow.records import Held


class MemoryPosts:
    """
    Attributes:
        lost_answers: so many updates are stored, and their answer is lost.
    """

    def __init__(self) -> None:
        self.records: dict[str, Held[Post]] = {}
        self.lost_answers = 0
        self._revision = 0

    async def get(self, key: str) -> Held[Post] | None:
        return self.records.get(key)

    async def create(self, key: str, value: Post) -> Held[Post]:
        if key in self.records:
            raise RecordConflict(key)
        return self._put(key, value)

    async def update(self, key: str, value: Post, *, held: Held[Post]) -> Held[Post]:
        if self.records[key].revision != held.revision:
            raise RecordConflict(key)
        stored = self._put(key, value)
        if value.message_id is not None and self.lost_answers:
            self.lost_answers -= 1
            raise BusUnavailable("no answer")
        return stored

    def _put(self, key: str, value: Post) -> Held[Post]:
        self._revision += 1
        self.records[key] = Held(value, self._revision)
        return self.records[key]


class MemoryTroubles:
    """The one record of troubles; the next calls find NATS away for as often as `away` says."""

    def __init__(self) -> None:
        self.held: Held[Troubles] | None = None
        self.away = 0

    async def get(self, key: str) -> Held[Troubles] | None:
        if self.away:
            self.away -= 1
            raise BusUnavailable("no answer")
        return self.held

    async def create(self, key: str, value: Troubles) -> Held[Troubles]:
        if self.held is not None:
            raise RecordConflict(key)
        self.held = Held(value, 1)
        return self.held

    async def update(self, key: str, value: Troubles, *, held: Held[Troubles]) -> Held[Troubles]:
        if self.held is None or self.held.revision != held.revision:
            raise RecordConflict(key)
        self.held = Held(value, held.revision + 1)
        return self.held


class MemoryChannel:
    """A channel whose next calls end with `errors`, after the effect if they came too late to stop it."""

    name = "memory"

    def __init__(self) -> None:
        self.messages: dict[str, Card] = {}
        self.calls: list[str] = []
        self.errors: list[BaseException] = []
        self.commits_before_errors = False

    @asynccontextmanager
    async def turn(self, *, can_wait: bool = False) -> AsyncIterator[None]:
        yield

    async def post(self, card: Card) -> str:
        self.calls.append("post")
        self._fail(before=True)
        message_id = str(len(self.calls))
        self.messages[message_id] = card
        self._fail(before=False)
        return message_id

    async def edit(self, message_id: str, card: Card) -> None:
        self.calls.append("edit")
        self._fail(before=True)
        if message_id not in self.messages:
            raise MessageGone("deleted")
        self.messages[message_id] = card
        self._fail(before=False)

    def _fail(self, *, before: bool) -> None:
        if self.errors and before is not self.commits_before_errors:
            raise self.errors.pop(0)
