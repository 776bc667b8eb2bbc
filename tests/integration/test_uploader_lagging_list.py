"""Lists of Frame.io that show for thirty seconds what was before: nothing is posted twice, nothing given up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from postflow.bus import Bus
from postflow.messages import FileStale
from simulators.faults import CutAnswer, Fault
from simulators.frameio import FrameioSimulator, Settings
from simulators.frameio.faults import ErrorAfterCommit
from simulators.serving import running
from tests.integration.uploader_rig import Rig, Source
from tests.integration.uploader_time import Clock, until_settled

LAG_S = 30.0
STEP_S = 0.5


@pytest.fixture
async def clock() -> AsyncIterator[Clock]:
    """Twenty-five seconds pass in half a one."""
    clock = Clock()

    async def run() -> None:
        while True:
            await asyncio.sleep(0.01)
            clock.pass_by(STEP_S)

    running_on = asyncio.create_task(run())
    yield clock
    running_on.cancel()
    await asyncio.gather(running_on, return_exceptions=True)


@asynccontextmanager
async def lagging(bus: Bus, clock: Clock) -> AsyncIterator[Rig]:
    """Frame.io and the uploader go by one clock."""
    settings = Settings(allow_http_source=True, fetch_delay_s=0.0, listing_lag_s=LAG_S)
    simulator = FrameioSimulator(settings, clock=lambda: clock().timestamp())
    source = Source()

    async def sleep(seconds: float) -> None:
        clock.pass_by(seconds)

    async with running(simulator.app) as frameio_url, running(source.app) as source_url:
        yield Rig(bus, simulator, frameio_url, source, source_url, now=clock, sleep=sleep)
        assert not simulator.journal.violations, simulator.journal.refused


@pytest.fixture
async def studio(bus: Bus, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    monkeypatch.setattr("uploader.frameio.statuses.LATEST_S", 0.05)
    async with lagging(bus, clock) as made:
        yield made


@pytest.mark.parametrize(
    "fault",
    [
        None,
        ErrorAfterCommit(route="remote_upload", cut=True),
        ErrorAfterCommit(route="remote_upload", status=502),
        CutAnswer(route="remote_upload"),
    ],
    ids=["answered", "no answer", "an error for an answer", "half an answer"],
)
async def test_what_is_not_listed_for_half_a_minute_is_posted_once_and_delivered(
    studio: Rig, clock: Clock, fault: Fault | None
) -> None:
    if fault is not None:
        studio.frameio.faults.queue(fault)
    async with httpx.AsyncClient(base_url=studio.frameio_url, timeout=30) as http:
        await until_settled(await studio.deliver(http), studio.exposed(), clock, counting_from=1)
    await studio.published("delivered")
    assert not [message for message in await studio.story() if isinstance(message, FileStale)]
    assert studio.frameio.journal.count("remote_upload") == 1
    assert len(studio.assets()) == 1
