"""When a file has stopped changing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.watcher.examples import look
from tests.unit.watcher.fakes import START
from watcher.stability import HUGE_BYTES, Look, Quiet, Quieting, Steadiness, is_finished, next_look_s, observe

QUIET = Quiet(quiet_s=20, samples=3)


def watched(*looks: tuple[float, Look]) -> Steadiness:
    """Looks that were each answered as soon as they were asked."""
    steady: Steadiness | None = None
    for at_s, seen in looks:
        steady = observe(steady, seen, asked_s=at_s, answered_s=at_s, now_at=START + timedelta(seconds=at_s))
    assert steady is not None
    return steady


@pytest.mark.parametrize(
    ("looks", "finished"),
    [
        pytest.param([(0, look())], False, id="one-look"),
        pytest.param([(0, look()), (20, look())], False, id="long-enough-but-too-few-looks"),
        pytest.param([(0, look()), (1, look()), (19.9, look())], False, id="looks-enough-but-too-short"),
        pytest.param([(0, look()), (10, look()), (20, look())], True, id="just-long-enough"),
        pytest.param([(0, look()), (0, look()), (20, look())], True, id="looks-need-not-be-even"),
        pytest.param([(0, look()), (10, look(200)), (20, look(200)), (29, look(200))], False, id="grew-meanwhile"),
        pytest.param([(0, look()), (10, look()), (20, look(mtime_ns=1))], False, id="another-date-at-the-last-look"),
        pytest.param([(0, look()), (10, look()), (20, look(inode=8))], False, id="replaced-by-its-like"),
        pytest.param([(0, look()), (10, look(200)), (20, look())], False, id="back-to-what-it-was"),
    ],
)
def test_it_is_finished_when_enough_looks_over_long_enough_show_the_same(
    looks: list[tuple[float, Look]], finished: bool
) -> None:
    assert is_finished(watched(*looks), QUIET) is finished


def test_time_before_the_first_answer_is_not_quiet_time() -> None:
    slow = observe(None, look(), asked_s=0, answered_s=15, now_at=START)
    for asked_s in (16, 20, 34.9):
        slow = observe(slow, look(), asked_s=asked_s, answered_s=asked_s + 15, now_at=START)
        assert not is_finished(slow, QUIET)
    assert is_finished(observe(slow, look(), asked_s=35, answered_s=50, now_at=START), QUIET)


def test_an_answer_that_comes_out_of_order_proves_nothing() -> None:
    steady = watched((0, look()), (10, look()))
    assert observe(steady, look(), asked_s=5, answered_s=11, now_at=START) == steady


def test_a_clock_that_goes_back_costs_the_wait_and_no_more() -> None:
    steady = watched((1000, look()), (1010, look()), (5, look()))
    assert not is_finished(steady, QUIET)
    for at_s in (15.0, 25.0):
        steady = observe(steady, look(), asked_s=at_s, answered_s=at_s, now_at=START)
    assert is_finished(steady, QUIET)


def test_the_last_change_keeps_its_time_on_the_wall() -> None:
    steady = watched((0, look()), (10, look(200)), (20, look(200)), (30, look(200)))
    assert steady.changed_at == START + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("looks", "now_s", "expected_s"),
    [
        pytest.param(1, 0.0, 2.0, id="no-later-than-the-longest-gap"),
        pytest.param(2, 19.5, 20.0, id="the-last-look-at-the-end-of-the-quiet-time"),
        pytest.param(9, 18.9, 20.0, id="not-before-it-if-there-are-looks-enough"),
        pytest.param(1, 19.0, 19.5, id="missing-looks-spread-over-the-rest"),
        pytest.param(1, 25.0, 25.005, id="at-once-if-it-is-over"),
    ],
)
def test_the_next_look_is_in_time(looks: int, now_s: float, expected_s: float) -> None:
    steady = Steadiness(look(), 0.0, now_s, looks, START)
    assert next_look_s(steady, QUIET, now_s=now_s, longest_gap_s=2.0) == pytest.approx(expected_s)


histories = st.lists(
    st.tuples(st.floats(0, 30), st.floats(0, 3), st.sampled_from([look(), look(200), look(inode=8)])),
    min_size=1,
    max_size=30,
)


@given(histories, st.floats(0, 40), st.integers(1, 5))
def test_a_file_is_never_finished_before_it_was_quiet(
    history: list[tuple[float, float, Look]], quiet_s: float, samples: int
) -> None:
    quiet = Quiet(quiet_s, samples)
    now_s, steady = 0.0, None
    seen: list[tuple[float, float, Look]] = []
    for wait_s, took_s, shown in history:
        asked_s = now_s + wait_s
        now_s = asked_s + took_s
        steady = observe(steady, shown, asked_s=asked_s, answered_s=now_s, now_at=START)
        seen.append((asked_s, now_s, shown))
        if is_finished(steady, quiet):
            alike = [one for one in seen if one[2] == shown]
            since = max((place for place, one in enumerate(seen) if one[2] != shown), default=-1) + 1
            proof = seen[since:]
            assert len(proof) >= samples
            assert len(alike) >= samples
            assert proof[-1][0] >= proof[0][1] + quiet_s


@given(st.floats(0, 30), st.integers(1, 6), st.floats(0.1, 5))
def test_a_file_that_does_not_change_is_finished_when_its_quiet_time_is_over(
    quiet_s: float, samples: int, hot_s: float
) -> None:
    quiet = Quiet(quiet_s, samples)
    steady = observe(None, look(), asked_s=0, answered_s=0, now_at=START)
    now_s = 0.0
    while not is_finished(steady, quiet):
        now_s = next_look_s(steady, quiet, now_s=now_s, longest_gap_s=hot_s)
        steady = observe(steady, look(), asked_s=now_s, answered_s=now_s, now_at=START)
    assert now_s <= quiet_s + samples * 0.005 + 1e-6


@pytest.mark.parametrize(
    ("quiet_s", "is_blind", "size_bytes", "expected_s"),
    [
        pytest.param(20, False, 100, 20, id="local"),
        pytest.param(20, True, 100, 60, id="nobody-tells-of-uploads"),
        pytest.param(90, True, 100, 90, id="longer-already"),
        pytest.param(20, False, HUGE_BYTES, 20, id="large"),
        pytest.param(20, False, HUGE_BYTES + 1, 60, id="very-large"),
        pytest.param(20, True, HUGE_BYTES + 1, 180, id="very-large-and-nobody-tells-of-uploads"),
    ],
)
def test_how_long_a_file_must_be_quiet(quiet_s: float, is_blind: bool, size_bytes: int, expected_s: float) -> None:
    assert Quieting(Quiet(quiet_s, 3), lambda: is_blind).of(size_bytes) == Quiet(expected_s, 3)
