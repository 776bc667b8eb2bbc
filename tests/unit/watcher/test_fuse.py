"""Known files that turn new: a few are work, very many at once are held."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.watcher.fakes import START
from watcher.fuse import FEW, MOST, WINDOW, Flow, Fuse

QUIET = timedelta(seconds=20)
FREE, WAIT, HOLD = Flow.FREE, Flow.WAIT, Flow.HOLD


def turn(fuse: Fuse, count: int, *, first: int = 0, after_s: float = 0.0, apart_s: float = 0.0) -> list[Flow]:
    """So many turn new one after the other, and are asked about when they have been quiet."""
    times = [START + timedelta(seconds=after_s + number * apart_s) for number in range(count)]
    return [fuse.turns(f"{first + number}.mov", at, at + QUIET) for number, at in enumerate(times)]


def ask(fuse: Fuse, number: int, after_s: float) -> Flow:
    """About one that turned new at the start."""
    return fuse.turns(f"{number}.mov", START, START + QUIET + timedelta(seconds=after_s))


@pytest.mark.parametrize(
    ("count", "apart_s", "flows"),
    [
        pytest.param(1, 0.0, [FREE], id="one"),
        pytest.param(FEW, 0.0, [FREE] * FEW, id="a-few"),
        pytest.param(FEW + 5, 0.0, [FREE] * FEW + [WAIT] * 5, id="several"),
        pytest.param(MOST, 0.0, [FREE] * FEW + [WAIT] * (MOST - FEW), id="as-many-as-may-be"),
        pytest.param(MOST + 5, 0.0, [FREE] * FEW + [WAIT] * (MOST - FEW) + [HOLD] * 5, id="too-many"),
        pytest.param(MOST + 5, 61.0, [FREE] * (MOST + 5), id="too-many-but-one-by-one"),
        pytest.param(200, 6.5, [FREE] * 200, id="a-slow-day-of-work"),
        pytest.param(MOST + 5, 1.1, [FREE] * FEW + [WAIT] * (MOST - FEW) + [HOLD] * 5, id="within-a-minute"),
    ],
)
def test_how_many_decides(count: int, apart_s: float, flows: list[Flow]) -> None:
    assert turn(Fuse(), count, apart_s=apart_s) == flows


def test_several_are_released_when_a_minute_has_shown_that_there_are_no_more() -> None:
    fuse = Fuse()
    turn(fuse, FEW + 5)
    assert ask(fuse, FEW, after_s=59) is WAIT
    assert fuse.crowd(f"{FEW}.mov") == FEW + 5
    assert ask(fuse, FEW, after_s=60) is FREE


def test_what_waited_is_held_with_the_rest() -> None:
    fuse = Fuse()
    turn(fuse, MOST + 1)
    assert [ask(fuse, number, after_s=60) for number in range(FEW, MOST)] == [HOLD] * (MOST - FEW)
    assert fuse.crowd(f"{FEW}.mov") == 0
    assert fuse.masses == 1


def test_a_mass_goes_on_until_a_minute_has_passed_without_another() -> None:
    fuse = Fuse()
    turn(fuse, MOST + 1)
    assert turn(fuse, 10, first=1000, after_s=50, apart_s=50) == [HOLD] * 10
    assert turn(fuse, 10, first=2000, after_s=50 + 9 * 50 + 61) == [FREE] * 10
    assert fuse.masses == 1


def test_one_that_something_else_keeps_is_counted_once_however_often_it_is_asked_about() -> None:
    """While everything is paused, each is asked about every minute."""
    fuse = Fuse()
    for _ in range(100):
        assert turn(fuse, FEW) == [FREE] * FEW


def test_a_pause_makes_no_mass_of_what_came_one_by_one() -> None:
    fuse, resumed_at = Fuse(), START + timedelta(hours=3)
    times = [START + timedelta(minutes=2 * number) for number in range(80)]
    assert {fuse.turns(f"{number}.mov", at, resumed_at) for number, at in enumerate(times)} == {FREE}


def test_a_mass_that_is_on_record_goes_on_after_a_restart() -> None:
    fuse = Fuse(mass_at=START)
    assert turn(fuse, 3, after_s=5) == [HOLD] * 3
    assert turn(Fuse(mass_at=START), 3, after_s=70) == [FREE] * 3


def test_a_clock_that_goes_back_holds_nothing_for_ever() -> None:
    fuse = Fuse()
    turn(fuse, FEW + 5, after_s=7200)
    assert turn(fuse, FEW, first=100) == [FREE] * FEW


@given(st.lists(st.floats(0, 600), min_size=1, max_size=150))
def test_however_they_come_few_are_sent_before_it_shows_that_they_are_too_many(times: list[float]) -> None:
    """Asked about in the order in which they turned new, and those that wait again a minute later."""
    fuse, sent = Fuse(), dict[str, float]()
    agenda = sorted((at + 20, at, f"{number}.mov") for number, at in enumerate(sorted(times)))
    while agenda:
        due, at, path = agenda.pop(0)
        flow = fuse.turns(path, START + timedelta(seconds=at), START + timedelta(seconds=due))
        if flow is FREE:
            sent[path] = at
        elif flow is WAIT:
            agenda = sorted([*agenda, (due + 60, at, path)])
    if max(sum(abs(at - other) <= WINDOW.total_seconds() for other in times) for at in times) <= MOST:
        assert len(sent) == len(times)
    # Those that were free at once did not know what would come.
    assert all(sum(abs(at - other) <= 60 for other in sent.values()) <= MOST + FEW for at in sent.values())
