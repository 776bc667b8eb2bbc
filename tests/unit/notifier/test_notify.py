"""One story, one card: whatever ends in between."""

import asyncio
from datetime import datetime, timedelta

import pytest

from notifier import notify
from notifier.card import State
from notifier.channels.outcomes import CardRefused, TooFast, Unanswered, Unreachable
from notifier.notify import Notifier
from notifier.posts import Post
from postflow.errors import ClaimLost, NotYet, PermanentError
from postflow.messages import FileEnded, Message
from postflow.reading import Delivery
from postflow.telemetry import Telemetry
from tests.examples import AT, delivered, failed, ready
from tests.unit.notifier.examples import playable, superseded, waiting
from tests.unit.notifier.fakes import MemoryChannel, MemoryPosts

KEY = delivered().file_id


class Desk:
    """A notifier with its edges in memory, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.posts = MemoryPosts()
        self.channel = MemoryChannel()
        self.ended: list[FileEnded] = []
        self.now = AT
        self.repeated_before = self._repeated_ever()
        self.notifier = Notifier(self.posts, lambda _: self.channel, self._end, telemetry=Telemetry(), now=self._now)

    async def hear(self, *messages: Message) -> None:
        for message in messages:
            await self.notifier.handle(Delivery(message, sequence=1, count=1))

    @property
    def record(self) -> Post:
        return self.posts.records[KEY].value

    @property
    def repeated(self) -> float:
        return self._repeated_ever() - self.repeated_before

    def _repeated_ever(self) -> float:
        return sum(sample.value for metric in notify.REPEATED.collect() for sample in metric.samples[:1])

    def _now(self) -> datetime:
        return self.now

    async def _end(self, message: FileEnded) -> None:
        self.ended.append(message)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_message_delivered_twice_is_shown_once(desk: Desk) -> None:
    await desk.hear(delivered(), delivered())
    assert desk.channel.calls == ["post"]


async def test_a_second_attempt_changes_the_same_card(desk: Desk) -> None:
    await desk.hear(failed(), delivered(attempt=2), playable(attempt=2))
    assert desk.channel.calls == ["post", "edit", "edit"]
    assert [card.state for card in desk.channel.messages.values()] == [State.PLAYABLE]


async def test_another_revision_has_a_card_of_its_own(desk: Desk) -> None:
    await desk.hear(delivered(), delivered(mtime_ns=1))
    assert desk.channel.calls == ["post", "post"]


async def test_the_root_of_a_trace_is_told_of_endings_only(desk: Desk) -> None:
    await desk.hear(ready(), waiting(), delivered(), playable())
    assert desk.ended == [delivered()]


async def test_a_superseded_file_without_a_card_says_nothing(desk: Desk) -> None:
    await desk.hear(superseded(), waiting())
    assert desk.channel.calls == []


async def test_a_superseded_file_closes_the_card_that_is_there(desk: Desk) -> None:
    await desk.hear(waiting(), superseded())
    assert [card.state for card in desk.channel.messages.values()] == [State.SUPERSEDED]


async def test_what_should_be_shown_is_written_before_it_is_posted(desk: Desk) -> None:
    desk.channel.errors = [RuntimeError("a crash")]
    with pytest.raises(RuntimeError):
        await desk.hear(delivered())
    assert desk.record.card.state is State.DELIVERED
    assert desk.record.sending_until is not None
    assert not desk.record.settled


async def test_after_a_crash_a_card_waits_for_the_deadline_and_is_counted_as_a_repeat(desk: Desk) -> None:
    desk.channel.commits_before_errors = True
    desk.channel.errors = [asyncio.CancelledError()]
    with pytest.raises(asyncio.CancelledError):
        await desk.hear(delivered())
    with pytest.raises(NotYet):
        await desk.hear(delivered())
    assert desk.channel.calls == ["post"]
    desk.now += timedelta(seconds=notify.SENDING_S)
    await desk.hear(delivered())
    assert desk.channel.calls == ["post", "post"]
    assert desk.repeated == 1


async def test_an_edit_after_a_crash_repeats_nothing(desk: Desk) -> None:
    await desk.hear(delivered())
    desk.channel.errors = [asyncio.CancelledError()]
    with pytest.raises(asyncio.CancelledError):
        await desk.hear(playable())
    desk.now += timedelta(minutes=1)
    await desk.hear(playable())
    assert desk.channel.calls == ["post", "edit", "edit"]
    assert desk.repeated == 0


@pytest.mark.parametrize("error", [Unreachable("no way"), TooFast("slower", 1.0)], ids=["unreachable", "too-fast"])
async def test_what_was_surely_not_sent_is_sent_again_at_once_and_no_repeat(desk: Desk, error: Exception) -> None:
    desk.channel.errors = [error]
    with pytest.raises(type(error)):
        await desk.hear(delivered())
    await desk.hear(delivered())
    assert desk.channel.calls == ["post", "post"]
    assert desk.repeated == 0


async def test_a_post_without_an_answer_is_repeated_and_counted_once(desk: Desk) -> None:
    desk.channel.errors = [Unanswered("silence"), TooFast("slower", 1.0)]
    for error in (Unanswered, TooFast):
        with pytest.raises(error):
            await desk.hear(delivered())
    await desk.hear(delivered())
    assert desk.repeated == 1
    assert desk.record.settled


async def test_a_card_that_is_refused_for_good_does_not_stop_the_next_state(desk: Desk) -> None:
    desk.channel.errors = [CardRefused("no")]
    with pytest.raises(PermanentError):
        await desk.hear(delivered())
    await desk.hear(playable())
    assert [card.state for card in desk.channel.messages.values()] == [State.PLAYABLE]


async def test_a_deleted_message_is_posted_anew(desk: Desk) -> None:
    await desk.hear(delivered())
    desk.channel.messages.clear()
    await desk.hear(playable())
    assert desk.channel.calls == ["post", "edit", "post"]
    assert desk.record.message_id in desk.channel.messages
    assert desk.repeated == 0


async def test_a_message_that_was_posted_is_never_forgotten_while_nats_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.notify.RECORD_AGAIN_S", 0.0)
    desk.posts.lost_answers = 1
    await desk.hear(delivered())
    assert desk.record.settled
    await desk.hear(delivered())
    assert desk.channel.calls == ["post"]


async def test_who_loses_the_record_sends_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.hear(waiting())
    stale = desk.posts.records[KEY]
    await desk.hear(failed())

    async def outdated(_: str) -> object:
        return stale

    monkeypatch.setattr(desk.posts, "get", outdated)
    with pytest.raises(ClaimLost):
        await desk.hear(delivered())
    assert desk.channel.calls == ["post", "edit"]
