"""A process alone keeps the pace."""

import pytest

from uploader.frameio.limits import Endpoint
from uploader.frameio.pacing import Pacer


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_after_the_burst_calls_wait_for_their_turn() -> None:
    clock = Clock()
    paced, started = Pacer(1.0, clock=clock, sleep=clock.sleep), clock.now
    for _ in range(Endpoint.REMOTE_UPLOAD.burst):
        await paced.turn(Endpoint.REMOTE_UPLOAD)
    assert clock.now == started
    for _ in range(10):
        await paced.turn(Endpoint.REMOTE_UPLOAD)
    assert clock.now - started == pytest.approx(2.0)


async def test_a_pause_holds_everybody_at_that_endpoint_and_nobody_elsewhere() -> None:
    clock = Clock()
    paced, started = Pacer(1.0, clock=clock, sleep=clock.sleep), clock.now
    await paced.pause(Endpoint.REMOTE_UPLOAD, 7.0)
    await paced.turn(Endpoint.FILE_STATUS)
    assert clock.now == started
    await paced.turn(Endpoint.REMOTE_UPLOAD)
    assert clock.now >= started + 7.0
