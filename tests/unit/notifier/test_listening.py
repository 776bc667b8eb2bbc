"""A trouble that lasts can be read as one, whatever was late, lost, repeated or silent in between."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.outcomes import CardRefused, Unreachable
from notifier.listening import Listening
from notifier.notify import Notifier
from postflow.conditions import LAPSES
from postflow.errors import PostFlowError
from postflow.messages import Condition
from postflow.telemetry import Telemetry
from tests.examples import AT
from tests.unit.notifier.examples import condition
from tests.unit.notifier.fakes import MemoryChannel, MemoryPosts, MemoryTroubles


class Scene:
    """A notifier that may start again anywhere, with time in the test's hands."""

    def __init__(self) -> None:
        self.at = AT
        self.posts, self.troubles, self.channel = MemoryPosts(), MemoryTroubles(), MemoryChannel()
        self.start()

    def start(self) -> None:
        notifier = Notifier(
            self.posts, lambda _: self.channel, self._nothing, telemetry=Telemetry(), now=lambda: self.at
        )
        self.listening = Listening(self.troubles, notifier.show, now=lambda: self.at)

    async def _nothing(self, _: object) -> None:
        pass

    @property
    def cards(self) -> list[str]:
        """What each says, `Trouble` or `Over`, the oldest first."""
        return [card.title.partition(":")[0] for card in self.channel.messages.values()]

    async def hears(self, said: Condition, *, at: datetime | None = None) -> bool:
        """Whether the message would be acknowledged."""
        self.at = at or said.at
        try:
            await self.listening.hear(said)
        except PostFlowError:
            return False
        return True

    async def looks(self, *, at: datetime) -> None:
        self.at = at
        await self.listening.look()

    def discord_is_away(self, calls: int) -> None:
        self.channel.errors = [Unreachable("Discord cannot be reached") for _ in range(calls)]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def minutes(passed: float) -> datetime:
    return AT + timedelta(minutes=passed)


def raised(at: float, since: float = 0.0) -> Condition:
    return condition(since=minutes(since), at=minutes(at))


def cleared(at: float, since: float = 0.0) -> Condition:
    return condition("cleared", since=minutes(since), at=minutes(at))


async def test_a_trouble_that_goes_on_after_three_minutes_of_silence_is_shown_again(scene: Scene) -> None:
    """Whoever told of it was stopped, or its words waited behind a burst of cards."""
    await scene.hears(raised(0.5))
    await scene.looks(at=minutes(10))
    assert scene.cards == ["Over"]
    for at in range(11, 16):
        assert await scene.hears(raised(at))
    assert scene.cards == ["Over", "Trouble"]


async def test_a_new_trouble_is_told_though_a_late_word_of_the_one_before_came_after_its_end(scene: Scene) -> None:
    """The notifier had died with that word in hand, or its retry was due later than the end was told."""
    await scene.hears(raised(0.5))
    await scene.hears(cleared(2))
    await scene.hears(raised(1.5), at=minutes(2.5))
    assert scene.cards == ["Over"]
    await scene.hears(raised(4.5, since=4))
    assert scene.cards == ["Over", "Trouble"]


async def test_what_was_over_before_discord_could_be_told_is_shown_as_over(scene: Scene) -> None:
    """The internet is away: the tunnel and Discord with it. Words that could not be shown come again later than the
    end, which was handled at once when everything was back."""
    scene.discord_is_away(calls=2)
    first, second = raised(0.5), raised(1.5)
    assert not await scene.hears(first)
    assert not await scene.hears(second)
    assert await scene.hears(cleared(2), at=minutes(2.25))
    assert await scene.hears(first, at=minutes(3))
    assert await scene.hears(second, at=minutes(4))
    assert scene.cards == ["Over"]


async def test_an_end_that_discord_did_not_take_is_shown_though_the_trouble_is_back_meanwhile(scene: Scene) -> None:
    await scene.hears(raised(0.5))
    scene.discord_is_away(calls=1)
    assert not await scene.hears(cleared(2))
    await scene.hears(raised(4.5, since=4))
    assert scene.cards == ["Over", "Trouble"]


async def test_a_silence_that_discord_was_not_told_of_is_told_at_the_next_look(scene: Scene) -> None:
    await scene.hears(raised(0.5))
    scene.discord_is_away(calls=1)
    await scene.looks(at=minutes(4))
    assert scene.cards == ["Trouble"]
    scene.start()
    await scene.looks(at=minutes(4.5))
    assert scene.cards == ["Over"]


async def test_nobody_is_silent_while_nats_is_away(scene: Scene) -> None:
    await scene.hears(raised(0.5))
    scene.troubles.away = 1
    await scene.looks(at=minutes(10))
    await scene.looks(at=minutes(10) + LAPSES - timedelta(seconds=1))
    assert scene.cards == ["Trouble"]
    await scene.looks(at=minutes(10) + LAPSES)
    assert scene.cards == ["Over"]


async def test_a_card_that_discord_never_takes_is_not_tried_at_every_look(scene: Scene) -> None:
    await scene.hears(raised(0.5))
    scene.channel.errors = [CardRefused("it is invalid")]
    for at in range(4, 8):
        await scene.looks(at=minutes(at))
    assert scene.channel.calls == ["post", "edit"]


@dataclass(frozen=True)
class Story:
    """What several instances say of one thing, in the order in which they say it, one word a second.

    Attributes:
        troubles: from a time when nobody was in it to the next; the last one may still last.
        periods: of the single instances.
    """

    words: tuple[Condition, ...]
    lasts: frozenset[str]
    troubles: int
    periods: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    since: dict[str, datetime] = {}
    words, troubles, periods = [], 0, 0
    for second in range(draw(st.integers(1, 16))):
        instance, at = draw(st.sampled_from(["one", "two", "three"])), AT + timedelta(seconds=second)
        if instance in since and draw(st.booleans()):
            words.append(condition("cleared", instance=instance, since=since.pop(instance), at=at))
            continue
        troubles, periods = troubles + (not since), periods + (instance not in since)
        words.append(condition(instance=instance, since=since.setdefault(instance, at), at=at))
    return Story(tuple(words), frozenset(since), troubles, periods)


NOW = AT + timedelta(seconds=30)
"""A time that is later than every word, and before anybody lapses."""


async def until_all_are_heard(scene: Scene, words: list[Condition]) -> None:
    """Discord and NATS are back, and what was not acknowledged comes again."""
    scene.channel.errors, scene.troubles.away = [], 0
    for word in words:
        assert await scene.hears(word, at=NOW)
    await scene.looks(at=NOW)


@given(stories(), st.data())
async def test_each_trouble_has_one_card_and_none_is_silent(story: Story, data: st.DataObject) -> None:
    """Words come in their order, and again at any time; Discord is away now and then, the notifier starts again."""
    scene, unheard, come = Scene(), [], []
    for word in story.words:
        come.append(word)
        for each in [word, *data.draw(st.lists(st.sampled_from(come), max_size=2))]:
            scene.discord_is_away(calls=data.draw(st.integers(0, 2)))
            if not await scene.hears(each, at=NOW):
                unheard.append(each)
            if data.draw(st.booleans()):
                scene.start()
                await scene.looks(at=NOW)
    await until_all_are_heard(scene, data.draw(st.permutations(unheard)))
    lasting = ["Trouble"] if story.lasts else []
    assert scene.cards == ["Over"] * (story.troubles - len(lasting)) + lasting


@given(stories(), st.data())
async def test_in_any_order_it_is_shown_as_trouble_in_the_end_if_somebody_says_so(
    story: Story, data: st.DataObject
) -> None:
    """Also NATS is away now and then, so that words are heard for the first time long after those that followed."""
    scene, unheard = Scene(), []
    repeated = data.draw(st.lists(st.sampled_from(story.words), max_size=5))
    for word in data.draw(st.permutations([*story.words, *repeated])):
        scene.discord_is_away(calls=data.draw(st.integers(0, 2)))
        scene.troubles.away = data.draw(st.integers(0, 1))
        if not await scene.hears(word, at=NOW):
            unheard.append(word)
        if data.draw(st.booleans()):
            scene.start()
    still = [condition(instance=instance, at=NOW) for instance in sorted(story.lasts)]
    await until_all_are_heard(scene, data.draw(st.permutations([*unheard, *still])))
    assert scene.cards.count("Trouble") == bool(story.lasts)
    assert len(scene.cards) <= story.periods


@given(st.lists(st.sampled_from(["speaks", "starts again", "a look", "a minute of looks"]), max_size=20))
async def test_whoever_speaks_is_shown_whatever_was_silent_before(acts: list[str]) -> None:
    scene, cards, heard_at, listening_since = Scene(), 0, None, AT
    for act in [*acts, "speaks"]:
        scene.at += timedelta(seconds=1)
        match act:
            case "speaks":
                assert await scene.hears(condition(at=scene.at))
                cards, heard_at = cards + (heard_at is None), scene.at
            case "starts again":
                scene.start()
                listening_since = scene.at
            case _:
                for _ in range(3 if act == "a minute of looks" else 1):
                    await scene.looks(at=scene.at + timedelta(seconds=20))
                    if heard_at is not None and scene.at - max(heard_at, listening_since) >= LAPSES:
                        heard_at = None
    assert scene.cards == ["Over"] * (cards - 1) + ["Trouble"]
