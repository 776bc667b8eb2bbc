"""What is shown only moves forward."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.card import State
from notifier.cards import wish_for
from notifier.posts import Post, next_post
from postflow.messages import Message
from tests.examples import AT, delivered, failed
from tests.unit.notifier.examples import condition, playable, rejected, superseded, waiting

LATER = AT + timedelta(hours=1)


def heard(*messages: Message, settling: bool = True) -> Post | None:
    """The record after these messages, each shown at once."""
    post: Post | None = None
    for message in messages:
        wish = wish_for(message)
        assert wish is not None
        post = next_post(post, wish) or post
        if post is not None and settling and not post.settled:
            post = post.shown_by(post.message_id or "1")
    return post


def state_after(*messages: Message) -> State:
    post = heard(*messages)
    assert post is not None
    return post.card.state


@pytest.mark.parametrize(
    ("messages", "state"),
    [
        pytest.param((waiting(), delivered()), State.DELIVERED, id="waited"),
        pytest.param((rejected(), delivered()), State.DELIVERED, id="rules-changed"),
        pytest.param((failed(), delivered(attempt=2)), State.DELIVERED, id="retried"),
        pytest.param((failed(), failed(attempt=2)), State.FAILED, id="failed-again"),
        pytest.param((delivered(), playable()), State.PLAYABLE, id="transcoded"),
        pytest.param((playable(), delivered()), State.PLAYABLE, id="out-of-order"),
        pytest.param((delivered(), failed()), State.DELIVERED, id="never-less"),
        pytest.param((delivered(), waiting(at=LATER)), State.DELIVERED, id="no-more-waiting"),
        pytest.param((delivered(), superseded(at=LATER)), State.DELIVERED, id="superseded-too-late"),
        pytest.param((playable(), delivered(attempt=2)), State.DELIVERED, id="delivered-anew"),
        pytest.param((delivered(attempt=2), playable()), State.DELIVERED, id="the-older-asset"),
        pytest.param((waiting(), superseded()), State.SUPERSEDED, id="closed"),
        pytest.param((superseded(), failed(attempt=2)), State.FAILED, id="tried-again"),
    ],
)
def test_a_card_moves_forward(messages: tuple[Message, ...], state: State) -> None:
    assert state_after(*messages) is state


EVERY = (waiting(), rejected(), failed(), superseded(), delivered(), playable(), failed(attempt=2))


@given(st.lists(st.sampled_from(EVERY), min_size=1, max_size=8))
def test_messages_heard_again_change_nothing_any_more(messages: list[Message]) -> None:
    post = heard(*messages, *messages)
    for message in messages:
        wish = wish_for(message)
        assert wish is not None
        assert next_post(post, wish) is None


@given(st.permutations(EVERY))
def test_what_arrived_stays_arrived_in_any_order(messages: list[Message]) -> None:
    assert state_after(*messages) is State.PLAYABLE


def test_a_card_that_is_not_shown_yet_is_still_to_be_brought() -> None:
    post = heard(delivered(), settling=False)
    wish = wish_for(delivered())
    assert wish is not None
    assert next_post(post, wish) == post


@pytest.mark.parametrize(
    "messages",
    [(delivered(), playable()), (playable(), delivered()), (delivered(), failed(attempt=2), playable())],
    ids=["in-order", "out-of-order", "with-more-on-it"],
)
def test_what_became_playable_still_says_how_long_it_took(messages: tuple[Message, ...]) -> None:
    post = heard(*messages)
    assert post is not None
    assert post.card.title.startswith("Playable")
    assert "Took" in {line.label for line in post.card.lines}


def test_a_later_attempt_that_failed_is_said_on_the_delivered_card() -> None:
    post = heard(delivered(), failed(attempt=2))
    assert post is not None
    assert post.card.lines[-1].label == "Attempt 2 failed"
    assert "Ask it why." in post.card.lines[-1].text


def test_a_superseded_file_without_a_card_stays_quiet_and_is_not_waited_for_any_more() -> None:
    post = heard(superseded(), waiting())
    assert post is not None
    assert (post.settled, post.message_id, post.card.state) == (True, None, State.SUPERSEDED)


def test_trouble_heard_of_late_does_not_come_back() -> None:
    assert state_after(condition(), condition("cleared", at=LATER), condition()) is State.CLEARED


def test_a_request_without_an_end_may_have_posted_a_card() -> None:
    post = Post(channel="default", card=heard(delivered()).card)  # type: ignore[union-attr]
    assert not post.sending(LATER).unanswered
    assert post.sending(LATER).sending(LATER).unanswered
    assert post.sending(LATER).without_answer().unanswered
    assert not post.sending(LATER).not_sent().sending(LATER).unanswered
    assert not post.shown_by("1").sending(LATER).without_answer().unanswered
