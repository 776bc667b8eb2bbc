"""Our pace towards Frame.io."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.frameio.limits import Endpoint, Pacer


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def pacer(clock: Clock, share: float = 1.0) -> Pacer:
    return Pacer(share, clock=clock, sleep=clock.sleep)


@given(
    share=st.floats(0.1, 1.0),
    gaps=st.lists(st.floats(0.0, 2.0), min_size=1, max_size=60),
    endpoint=st.sampled_from(list(Endpoint)),
)
async def test_a_leaky_bucket_of_the_documented_size_never_overflows(
    share: float, gaps: list[float], endpoint: Endpoint
) -> None:
    clock = Clock()
    paced = pacer(clock, share)
    level, last = 0.0, clock.now
    for gap in gaps:
        clock.now += gap
        await paced.turn(endpoint)
        level = max(0.0, level - (clock.now - last) / endpoint.interval_s) + 1
        last = clock.now
        assert level <= endpoint.burst + 1 + 1e-6


async def test_after_the_burst_calls_go_at_the_documented_rate_times_our_share() -> None:
    clock = Clock()
    paced = pacer(clock, share=0.5)
    started = clock.now
    for _ in range(Endpoint.REMOTE_UPLOAD.burst + 10):
        await paced.turn(Endpoint.REMOTE_UPLOAD)
    assert clock.now - started == pytest.approx(10 * 0.2 / 0.5)


async def test_a_pause_holds_everybody_at_that_endpoint_and_nobody_elsewhere() -> None:
    clock = Clock()
    paced = pacer(clock)
    paced.pause(Endpoint.REMOTE_UPLOAD, 7.0)
    await paced.turn(Endpoint.FILE_STATUS)
    assert clock.now == 1000.0
    await paced.turn(Endpoint.REMOTE_UPLOAD)
    assert clock.now >= 1007.0
