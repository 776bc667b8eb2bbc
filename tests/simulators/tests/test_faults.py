"""Pure: which calls a queued mishap meets: by turn, by time, by share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.faults import Delay, DelayAnswer, FaultQueue, Reset
from simulators.instants import HandClock


class Queue:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.faults = FaultQueue(self.clock)

    def struck(self, calls: int, *, route: str = "a", name: str | None = None) -> str:
        """For each of so many calls whether it was met."""
        return "".join("x" if self.faults.take(Reset, route=route, name=name) else "." for _ in range(calls))


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_a_fault_without_a_schedule_strikes_once(queue: Queue) -> None:
    queue.faults.queue(Reset())
    assert queue.struck(3) == "x.."


def test_a_fault_strikes_as_often_as_it_is_told_after_those_it_lets_pass(queue: Queue) -> None:
    queue.faults.queue(Reset(times=2, skip=1))
    assert queue.struck(5) == ".xx.."


def test_two_of_a_kind_meet_two_calls_and_two_kinds_the_same(queue: Queue) -> None:
    queue.faults.queue(Reset(), Reset(), Delay(delay_s=1))
    assert queue.faults.take(Delay, route="a") is not None
    assert queue.struck(3) == "xx."


def test_each_nth_call_is_met_until_the_fault_is_taken_away(queue: Queue) -> None:
    queue.faults.queue(Reset(every=3))
    assert queue.struck(9) == "..x..x..x"
    queue.faults.clear()
    assert queue.struck(3) == "..."


def test_a_schedule_ends_with_its_times(queue: Queue) -> None:
    queue.faults.queue(Reset(every=2, times=2))
    assert queue.struck(8) == ".x.x...."


def test_a_fault_of_a_span_of_time_strikes_in_it_and_never_else(queue: Queue) -> None:
    queue.faults.queue(Reset(from_s=10, until_s=20))
    assert queue.struck(2) == ".."
    queue.clock.advance(10)
    assert queue.struck(2) == "xx"
    queue.clock.advance(10)
    assert queue.struck(2) == ".."
    assert queue.faults.as_json() == []


def test_a_fault_that_begins_later_strikes_once_from_then_on(queue: Queue) -> None:
    queue.faults.queue(Reset(from_s=10))
    assert queue.struck(1) == "."
    queue.clock.advance(60)
    assert queue.struck(2) == "x."


def test_what_a_schedule_lets_pass_meets_the_next_of_its_kind(queue: Queue) -> None:
    queue.faults.queue(Reset(every=2), Reset(times=2))
    assert queue.struck(5) == "xxxx."


@given(share=st.floats(0.1, 0.9), seed=st.integers(0, 50))
def test_a_share_of_the_calls_is_met_and_the_same_ones_for_the_same_seed(share: float, seed: int) -> None:
    queue, again = Queue(), Queue()
    for one in (queue, again):
        one.faults.queue(Reset(probability=share, seed=seed))
    struck = queue.struck(400)
    assert abs(struck.count("x") / 400 - share) < 0.15
    assert struck == again.struck(400)


@given(order=st.permutations(["a.mov"] * 4 + ["b.mov"] * 4))
def test_the_luck_of_a_name_does_not_depend_on_what_else_is_called(order: list[str]) -> None:
    def luck(queue: Queue, names: list[str]) -> dict[str, str]:
        queue.faults.queue(Reset(probability=0.5, seed=3))
        met: dict[str, str] = {"a.mov": "", "b.mov": ""}
        for name in names:
            met[name] += queue.struck(1, name=name)
        return met

    assert luck(Queue(), order) == luck(Queue(), sorted(order))


def test_what_waits_can_be_looked_at(queue: Queue) -> None:
    queue.faults.queue(Reset(times=2), Reset(probability=0.5), DelayAnswer(delay_s=1, route="b"))
    queue.struck(1)
    waiting = [(one["kind"], one["route"], one["times"]) for one in queue.faults.as_json()]
    assert waiting == [("reset", None, 1), ("reset", None, None), ("delay_answer", "b", 1)]
