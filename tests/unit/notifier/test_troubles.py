"""Troubles that several tell of are one trouble, and who falls silent is not believed any more."""

from datetime import datetime, timedelta

from notifier.troubles import Troubles, heard, lapsed
from postflow.conditions import LAPSES
from postflow.messages import Condition, ConditionState
from tests.examples import AT
from tests.unit.notifier.examples import condition

LATER = AT + timedelta(minutes=1)


def told(*said: Condition, at: datetime = AT) -> tuple[Troubles, list[Condition | None]]:
    troubles, told = Troubles(), []
    for each in said:
        troubles, news = heard(troubles, each, at)
        told.append(news)
    return troubles, told


def test_it_is_told_by_the_first_word_of_it() -> None:
    first = condition()
    troubles, news = told(first, condition(instance="two", since=LATER, what="other words"))
    assert news == [first, first]
    assert set(troubles.by_name["tunnel-down"].heard_at) == {"one", "two"}


def test_it_is_over_when_the_last_one_says_so_and_lasted_from_the_first_word() -> None:
    troubles, news = told(
        condition(),
        condition(instance="two", since=LATER),
        condition("cleared", at=LATER),
        condition("cleared", instance="two", at=LATER + timedelta(minutes=5)),
    )
    assert news[2] is None
    assert news[3] is not None
    assert (news[3].state, news[3].since, news[3].at) == (
        ConditionState.CLEARED,
        AT,
        LATER + timedelta(minutes=5),
    )
    assert troubles == Troubles()


def test_an_end_that_comes_twice_is_told_again_only_while_it_is_not_kept() -> None:
    kept, _ = told(condition())
    over, first = heard(kept, condition("cleared", at=LATER), LATER)
    _, again = heard(kept, condition("cleared", at=LATER), LATER)
    _, after = heard(over, condition("cleared", at=LATER), LATER)
    assert first == again
    assert after is None


def test_one_trouble_says_nothing_of_another() -> None:
    troubles, _ = told(condition(), condition(name="login"), condition("cleared", at=LATER))
    assert set(troubles.by_name) == {"login"}


def test_who_is_silent_for_three_minutes_is_not_believed() -> None:
    troubles, _ = told(condition())
    unchanged, none = lapsed(troubles, AT + LAPSES - timedelta(seconds=1), listening_since=AT)
    assert (unchanged, none) == (troubles, [])
    after, over = lapsed(troubles, AT + LAPSES, listening_since=AT)
    assert after == Troubles()
    assert [each.state for each in over] == [ConditionState.CLEARED]


def test_it_lasts_while_one_of_them_says_so() -> None:
    troubles, _ = told(condition())
    troubles, _ = heard(troubles, condition(instance="two"), AT + LAPSES)
    after, over = lapsed(troubles, AT + LAPSES, listening_since=AT)
    assert over == []
    assert set(after.by_name["tunnel-down"].heard_at) == {"two"}


def test_what_was_said_while_nobody_listened_is_waited_for() -> None:
    troubles, _ = told(condition())
    back_at = AT + timedelta(hours=1)
    unchanged, over = lapsed(troubles, back_at + timedelta(minutes=1), listening_since=back_at)
    assert (unchanged, over) == (troubles, [])
