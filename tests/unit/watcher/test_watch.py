"""How long the watch rests between two walks."""

import pytest

from watcher.watch import rest_s


@pytest.mark.parametrize(
    ("took_s", "rests_s"),
    [
        pytest.param(0.0, 10.0, id="at-once"),
        pytest.param(3.0, 7.0, id="so-that-walks-begin-a-period-apart"),
        pytest.param(6.0, 6.0, id="as-long-as-it-worked-at-least"),
        pytest.param(10.0, 10.0, id="a-whole-period-long"),
        pytest.param(300.0, 10.0, id="never-longer-than-a-period"),
    ],
)
def test_walks_begin_a_period_apart_as_long_as_they_leave_the_mount_to_others_half_of_the_time(
    took_s: float, rests_s: float
) -> None:
    assert rest_s(10.0, took_s) == rests_s
