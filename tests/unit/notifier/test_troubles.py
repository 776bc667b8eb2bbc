"""Troubles that several tell of are one trouble, and who falls silent is not believed any more."""

from datetime import datetime, timedelta

import pytest

from notifier.troubles import REMEMBERED, Troubles, heard, lapsed
from postflow.conditions import LAPSES
from postflow.messages import Condition, ConditionState
from tests.examples import AT
from tests.unit.notifier.examples import condition

LATER = AT + timedelta(minutes=1)


def said(*words: Condition, at: datetime = AT) -> Troubles:
    troubles = Troubles()
    for each in words:
        troubles = heard(troubles, each, at)
    return troubles


def shows(troubles: Troubles) -> list[str]:
    """What is to be read of the tunnel, as states of cards by their keys."""
    return [f"{key}: {told.state}" for key, told in troubles.to_show("tunnel-down").items()]


def test_it_is_told_by_the_first_word_of_it() -> None:
    first = condition()
    troubles = said(first, condition(instance="two", since=LATER, at=LATER, what="other words"))
    assert troubles.to_show("tunnel-down") == {"condition.tunnel-down.1": first}
    assert set(troubles.by_name["tunnel-down"].heard_at) == {"one", "two"}


def test_it_is_over_when_the_last_one_says_so_and_lasted_from_the_first_word() -> None:
    goes_on = said(condition(), condition(instance="two", since=LATER), condition("cleared", at=LATER))
    assert shows(goes_on) == ["condition.tunnel-down.1: raised"]
    over_at = LATER + timedelta(minutes=5)
    over = heard(goes_on, condition("cleared", instance="two", at=over_at), LATER)
    (told,) = over.to_show("tunnel-down").values()
    assert (told.state, told.since, told.at) == (ConditionState.CLEARED, AT, over_at)
    assert over.by_name == {}


def test_an_end_is_to_be_shown_until_it_has_been() -> None:
    over = said(condition(), condition("cleared", at=LATER))
    assert heard(over, condition("cleared", at=LATER), LATER) == over
    assert shows(over) == ["condition.tunnel-down.1: cleared"]
    assert shows(over.without_end("condition.tunnel-down.1")) == []


def test_trouble_that_comes_back_is_another_and_the_end_of_the_first_is_shown_before_it() -> None:
    again = said(condition(), condition("cleared", at=LATER), condition(since=LATER, at=LATER + timedelta(minutes=1)))
    assert shows(again) == ["condition.tunnel-down.1: cleared", "condition.tunnel-down.2: raised"]


def test_it_is_another_also_by_clocks_that_differ() -> None:
    """Who said that it was over is five minutes ahead of who raises it anew."""
    ahead = AT + timedelta(minutes=5)
    troubles = said(
        condition(since=ahead, at=ahead), condition("cleared", since=ahead, at=ahead + timedelta(minutes=1))
    )
    assert shows(heard(troubles, condition(instance="two", at=LATER), LATER))[-1] == "condition.tunnel-down.2: raised"


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(condition(), id="raised-before"),
        pytest.param(condition(at=LATER), id="at-the-same-moment"),
        pytest.param(condition("cleared", at=LATER), id="the-end-again"),
    ],
)
def test_an_old_word_tells_nothing(late: Condition) -> None:
    over = said(condition(), condition("cleared", at=LATER))
    assert heard(over, late, LATER) == over


def test_a_word_that_comes_again_after_a_silence_tells_nothing_and_a_new_one_does() -> None:
    silent = lapsed(said(condition()), AT + LAPSES, listening_since=AT)
    assert heard(silent, condition(), AT + LAPSES) == silent
    goes_on = heard(silent, condition(at=LATER), AT + LAPSES)
    assert shows(goes_on) == ["condition.tunnel-down.1: cleared", "condition.tunnel-down.2: raised"]


def test_a_clock_that_was_wrong_silences_nobody_once_it_is_right() -> None:
    wrong = AT + timedelta(hours=2)
    over = said(condition(since=wrong, at=wrong), condition("cleared", since=wrong, at=wrong + timedelta(minutes=1)))
    assert shows(heard(over, condition(since=LATER, at=LATER), LATER))[-1] == "condition.tunnel-down.2: raised"


def test_who_has_not_spoken_for_a_week_is_forgotten() -> None:
    troubles = said(condition(), condition("cleared", at=LATER))
    much_later = LATER + REMEMBERED
    troubles = heard(troubles, condition(instance="two", since=much_later, at=much_later), much_later)
    assert set(troubles.said_at["tunnel-down"]) == {"two"}


def test_one_trouble_says_nothing_of_another() -> None:
    troubles = said(condition(), condition(name="login"), condition("cleared", at=LATER))
    assert set(troubles.by_name) == {"login"}
    assert list(troubles.to_show("login")) == ["condition.login.1"]


def test_who_is_silent_for_three_minutes_is_not_believed() -> None:
    troubles = said(condition())
    assert lapsed(troubles, AT + LAPSES - timedelta(seconds=1), listening_since=AT) == troubles
    assert shows(lapsed(troubles, AT + LAPSES, listening_since=AT)) == ["condition.tunnel-down.1: cleared"]


def test_it_lasts_while_one_of_them_says_so() -> None:
    troubles = heard(said(condition()), condition(instance="two"), AT + LAPSES)
    after = lapsed(troubles, AT + LAPSES, listening_since=AT)
    assert after.over == {}
    assert set(after.by_name["tunnel-down"].heard_at) == {"two"}


def test_what_was_said_while_nobody_listened_is_waited_for() -> None:
    troubles, back_at = said(condition()), AT + timedelta(hours=1)
    assert lapsed(troubles, back_at + timedelta(minutes=1), listening_since=back_at) == troubles


def test_what_an_earlier_release_has_kept_goes_on_with_its_card() -> None:
    kept = {"by_name": {"tunnel-down": {"first": condition().model_dump(), "heard_at": {"one": AT}}}}
    goes_on = heard(Troubles.model_validate(kept), condition(at=LATER), LATER)
    assert shows(goes_on) == ["condition.tunnel-down: raised"]
    over = heard(goes_on, condition("cleared", at=LATER + timedelta(minutes=1)), LATER)
    again = heard(over, condition(at=LATER + timedelta(minutes=2)), LATER)
    assert shows(again) == ["condition.tunnel-down: cleared", "condition.tunnel-down.1: raised"]
