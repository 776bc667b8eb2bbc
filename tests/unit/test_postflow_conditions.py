"""Which of a service's troubles people are told of, and when: once, each minute while it lasts, and when it is over."""

from datetime import UTC, datetime, timedelta

import pytest

from postflow.checks import Check
from postflow.conditions import LAPSES, PATIENCE, SAID_AGAIN, WELL_FOR, Conditions, Watched
from postflow.messages import Condition, ConditionState

START = datetime(2026, 3, 4, 12, tzinfo=UTC)
WELL = Check(True, "up")
DOWN = Check(False, "the tunnel is down", "Look at cloudflared.")
TUNNEL = Watched("tunnel")


@pytest.fixture
def conditions() -> Conditions:
    return Conditions("studio-1")


def hear(conditions: Conditions, check: Check, after: timedelta) -> list[Condition]:
    due = conditions.due([(TUNNEL, check)], START + after)
    for condition in due:
        conditions.said(condition)
    return due


def raised(conditions: Conditions) -> Condition:
    hear(conditions, DOWN, timedelta())
    (told,) = hear(conditions, DOWN, PATIENCE)
    return told


def test_a_stumble_is_no_news(conditions: Conditions) -> None:
    assert hear(conditions, DOWN, timedelta()) == []
    assert hear(conditions, DOWN, PATIENCE - timedelta(seconds=1)) == []
    assert hear(conditions, WELL, PATIENCE) == []
    assert hear(conditions, DOWN, PATIENCE * 2) == []


def test_a_trouble_that_lasts_is_told_with_its_beginning_and_what_to_do(conditions: Conditions) -> None:
    told = raised(conditions)
    assert told == Condition(
        name="tunnel",
        instance="studio-1",
        state=ConditionState.RAISED,
        what="the tunnel is down",
        what_to_do="Look at cloudflared.",
        since=START,
        at=START + PATIENCE,
    )


def test_it_is_said_again_each_minute(conditions: Conditions) -> None:
    raised(conditions)
    assert hear(conditions, DOWN, PATIENCE + SAID_AGAIN - timedelta(seconds=1)) == []
    (again,) = hear(conditions, DOWN, PATIENCE + SAID_AGAIN)
    assert (again.state, again.since) == (ConditionState.RAISED, START)


def test_it_is_cleared_once_when_it_has_been_well_for_a_while(conditions: Conditions) -> None:
    raised(conditions)
    over_at = PATIENCE + timedelta(seconds=7)
    assert hear(conditions, WELL, over_at) == []
    (cleared,) = hear(conditions, WELL, over_at + WELL_FOR)
    assert (cleared.state, cleared.since, cleared.at) == (ConditionState.CLEARED, START, START + over_at)
    assert hear(conditions, WELL, over_at + WELL_FOR * 2) == []


def test_one_that_comes_back_at_once_is_the_same(conditions: Conditions) -> None:
    raised(conditions)
    assert hear(conditions, WELL, PATIENCE + timedelta(seconds=1)) == []
    assert hear(conditions, DOWN, PATIENCE + timedelta(seconds=5)) == []
    (again,) = hear(conditions, DOWN, PATIENCE + SAID_AGAIN)
    assert again.since == START


def test_what_could_not_be_published_is_due_again(conditions: Conditions) -> None:
    conditions.due([(TUNNEL, DOWN)], START)
    first = conditions.due([(TUNNEL, DOWN)], START + PATIENCE)
    second = conditions.due([(TUNNEL, DOWN)], START + PATIENCE + timedelta(seconds=5))
    assert [each.state for each in (*first, *second)] == [ConditionState.RAISED] * 2
    conditions.said(second[0])
    conditions.due([(TUNNEL, WELL)], START + PATIENCE * 2)
    third = conditions.due([(TUNNEL, WELL)], START + PATIENCE * 3)
    fourth = conditions.due([(TUNNEL, WELL)], START + PATIENCE * 4)
    assert [each.state for each in (*third, *fourth)] == [ConditionState.CLEARED] * 2


def test_one_condition_of_several_checks_holds_while_one_of_them_fails(conditions: Conditions) -> None:
    mount, lost = Watched("mount"), Check(False, "the canary is missing")
    conditions.due([(mount, WELL), (mount, lost)], START)
    (told,) = conditions.due([(mount, DOWN), (mount, lost)], START + PATIENCE)
    conditions.said(told)
    assert told.name == "mount"
    assert conditions.due([(mount, WELL), (mount, lost)], START + PATIENCE + WELL_FOR) == []


def test_a_check_may_have_a_patience_of_its_own(conditions: Conditions) -> None:
    patient = Watched("tunnel", timedelta(seconds=120))
    conditions.due([(patient, DOWN)], START)
    assert conditions.due([(patient, DOWN)], START + PATIENCE) == []
    assert len(conditions.due([(patient, DOWN)], START + timedelta(seconds=120))) == 1


PATIENT = Watched("tunnel", timedelta(minutes=10))


def test_of_what_people_are_told_of_already_nobody_has_a_patience_of_its_own() -> None:
    started_again = Conditions("studio-1", {"tunnel": START - SAID_AGAIN})
    started_again.due([(PATIENT, DOWN)], START)
    assert started_again.due([(PATIENT, DOWN)], START + PATIENCE - timedelta(seconds=1)) == []
    assert len(started_again.due([(PATIENT, DOWN)], START + PATIENCE)) == 1


@pytest.mark.parametrize(
    "told_at",
    [
        pytest.param({"tunnel": START - LAPSES}, id="too-long-ago"),
        pytest.param({"login": START}, id="of-something-else"),
    ],
)
def test_of_what_people_are_not_told_of_any_more_it_has(told_at: dict[str, datetime]) -> None:
    started_again = Conditions("studio-1", told_at)
    started_again.due([(PATIENT, DOWN)], START)
    assert started_again.due([(PATIENT, DOWN)], START + PATIENCE) == []
