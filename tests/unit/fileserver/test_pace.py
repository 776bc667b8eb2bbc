"""How many reads are worth having under way, tried on mounts and clients that are only computed."""

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fileserver.pace import FEWEST, MEBIBYTE, MOST, SLOW_LENDS, SWIFT_READS, AtHand, Pace

LONG = 3000
"""Chunks, after which every pace has settled."""


class Simulated:
    """A mount that answers `at_once` reads at a time, each in `read_s`, and a client that takes a chunk in `take_s`."""

    def __init__(self, pace: Pace, *, read_s: float, at_once: int, take_s: float = 0.0) -> None:
        self._pace = pace
        self._read_s, self._take_s = read_s, take_s
        self._lanes = [0.0] * at_once
        self._arrivals: list[float] = []
        self._now = self._took_at = 0.0

    def stream(self, chunks: int) -> float:
        """Chunks a second, over so many of them."""
        began = self._now
        for _ in range(chunks):
            self._top_up()
            arrival = self._arrivals.pop(0)
            waited_s = max(arrival - self._now, 0.0)
            self._now += waited_s
            ready = sum(1 for later in self._arrivals if later <= self._now)
            self._pace.took(waited_s=waited_s, elapsed_s=self._now - self._took_at, ready=ready)
            self._took_at = self._now
            self._top_up()
            self._now += self._take_s
        return chunks / (self._now - began)

    def _top_up(self) -> None:
        while len(self._arrivals) < self._pace.window:
            begun = max(heapq.heappop(self._lanes), self._now)
            heapq.heappush(self._lanes, begun + self._read_s)
            self._arrivals.append(begun + self._read_s)


@given(
    read_s=st.floats(0.001, 0.5),
    at_once=st.integers(1, 64),
    take_s=st.floats(0.0001, 0.5),
)
def test_it_comes_near_what_mount_and_client_allow(read_s: float, at_once: int, take_s: float) -> None:
    pace = Pace()
    stream = Simulated(pace, read_s=read_s, at_once=at_once, take_s=take_s)
    stream.stream(LONG)
    possible = min(min(at_once, MOST) / read_s, 1 / take_s)
    assert stream.stream(LONG) >= 0.7 * possible
    assert FEWEST <= pace.window <= MOST


@pytest.mark.parametrize(("at_once", "most"), [(1, 4), (4, 8), (10, 16), (100, MOST)])
def test_it_asks_for_little_more_than_the_mount_does_at_once(at_once: int, most: int) -> None:
    pace = Pace()
    Simulated(pace, read_s=0.02, at_once=at_once).stream(LONG)
    assert min(0.8 * at_once, MOST) <= pace.window <= most


@pytest.mark.parametrize(("take_s", "most"), [(1.0, FEWEST), (0.05, FEWEST), (0.01, 6)])
def test_a_slow_client_is_not_read_ahead_of(take_s: float, most: int) -> None:
    pace = Pace()
    Simulated(pace, read_s=0.02, at_once=100, take_s=take_s).stream(LONG)
    assert pace.window <= most


def test_it_shrinks_to_a_client_that_has_become_slow_and_grows_again() -> None:
    pace = Pace()
    Simulated(pace, read_s=0.02, at_once=100).stream(LONG)
    assert pace.window == MOST
    Simulated(pace, read_s=0.02, at_once=100, take_s=0.5).stream(LONG)
    assert pace.window <= FEWEST + 1
    Simulated(pace, read_s=0.02, at_once=100).stream(LONG)
    assert pace.window == MOST


def test_it_is_up_to_speed_within_few_chunks() -> None:
    pace = Pace()
    Simulated(pace, read_s=0.02, at_once=100).stream(2 + 4 + 8 + 16)
    assert pace.window == MOST


@given(took=st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10), st.integers(0, MOST))))
def test_it_stays_within_its_bounds_whatever_it_is_told(took: list[tuple[float, float, int]]) -> None:
    pace = Pace()
    for waited_s, elapsed_s, ready in took:
        pace.took(waited_s=waited_s, elapsed_s=elapsed_s, ready=ready)
        assert FEWEST <= pace.window <= MOST


AT_ONCE_S, LATE_S = 0.0003, 0.02


def at_hand() -> AtHand:
    guess = AtHand()
    for _ in range(SWIFT_READS):
        assert not guess.likely
        guess.was_read(MEBIBYTE, AT_ONCE_S)
    return guess


def test_what_comes_at_once_several_times_is_at_hand() -> None:
    assert at_hand().likely


def test_one_late_read_among_swift_ones_begins_the_count_anew() -> None:
    guess = AtHand()
    for took_s in [AT_ONCE_S] * (SWIFT_READS - 1) + [LATE_S] + [AT_ONCE_S] * (SWIFT_READS - 1):
        guess.was_read(MEBIBYTE, took_s)
        assert not guess.likely


def test_a_busy_machine_is_no_reason_to_give_up_and_a_slow_mount_is() -> None:
    guess = at_hand()
    for _ in range(10):
        guess.was_lent(2 * MEBIBYTE, LATE_S)
        guess.was_lent(2 * MEBIBYTE, AT_ONCE_S)
    assert guess.likely
    for _ in range(SLOW_LENDS):
        guess.was_lent(2 * MEBIBYTE, LATE_S)
    assert not guess.likely


def test_after_a_disappointment_more_is_asked_and_less_again_as_it_goes_well() -> None:
    def reads_until_likely(guess: AtHand) -> int:
        reads = 0
        while not guess.likely:
            guess.was_read(MEBIBYTE, AT_ONCE_S)
            reads += 1
        return reads

    def disappoint(guess: AtHand) -> None:
        for _ in range(SLOW_LENDS):
            guess.was_lent(MEBIBYTE, LATE_S)

    guess = at_hand()
    disappoint(guess)
    more = reads_until_likely(guess)
    disappoint(guess)
    assert SWIFT_READS < more < reads_until_likely(guess)
    for _ in range(1000):
        guess.was_lent(MEBIBYTE, AT_ONCE_S)
    disappoint(guess)
    assert reads_until_likely(guess) == more
