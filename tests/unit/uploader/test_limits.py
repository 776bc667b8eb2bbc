"""When the next call to Frame.io may go out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.frameio.limits import MOST_AHEAD_S, Endpoint, after_pause, after_turn

NOW = 1_800_000_000.0

endpoints = st.sampled_from(list(Endpoint))


@given(share=st.floats(0.1, 1.0), gaps=st.lists(st.floats(0.0, 2.0), min_size=1, max_size=60), endpoint=endpoints)
def test_a_leaky_bucket_of_the_documented_size_never_overflows(
    share: float, gaps: list[float], endpoint: Endpoint
) -> None:
    now, free_at = NOW, 0.0
    level, last = 0.0, now
    for gap in gaps:
        now += gap
        free_at = after_turn(free_at, now, endpoint, share)
        now = max(now, free_at)
        level = max(0.0, level - (now - last) / endpoint.interval_s) + 1
        last = now
        assert level <= endpoint.burst + 1 + 1e-4


def test_after_the_burst_calls_go_at_the_documented_rate_times_our_share() -> None:
    free_at = 0.0
    for _ in range(Endpoint.REMOTE_UPLOAD.burst + 10):
        free_at = after_turn(free_at, NOW, Endpoint.REMOTE_UPLOAD, share=0.5)
    assert free_at - NOW == pytest.approx(10 * 0.2 / 0.5)


def test_a_pause_holds_back_the_next_call() -> None:
    free_at = after_pause(0.0, NOW, 7.0)
    assert after_turn(free_at, NOW, Endpoint.REMOTE_UPLOAD, share=1.0) >= NOW + 7.0


def test_a_pause_shortens_no_queue() -> None:
    assert after_pause(NOW + 20.0, NOW, 7.0) == NOW + 20.0


def test_nobody_waits_for_what_a_wrong_clock_has_left() -> None:
    tomorrow = NOW + 86400
    assert after_turn(tomorrow, NOW, Endpoint.FILE, share=1.0) == pytest.approx(NOW + Endpoint.FILE.interval_s)
    assert after_pause(tomorrow, NOW, 7.0) == NOW + 7.0


def test_a_pause_is_never_taken_for_a_wrong_clock() -> None:
    free_at = after_pause(0.0, NOW, 86400.0)
    assert free_at == NOW + MOST_AHEAD_S
    assert after_turn(free_at, NOW, Endpoint.FILE, share=1.0) > free_at
