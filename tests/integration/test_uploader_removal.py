"""Who has lost the delivery record deletes nothing that the one who took over has delivered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from postflow.bus import Bus
from postflow.errors import PostFlowError
from postflow.messages import FileExposed
from postflow.reading import Delivery
from simulators.frameio.faults import DelayFetch, Status
from tests.integration.uploader_rig import Rig, rig
from tests.integration.uploader_time import Clock, until_settled
from uploader.deliver import Deliver


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.posting.BETWEEN_LOOKS_S", 0.01)
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    async with rig(bus, fetch_delay_s=0.0) as made:
        made.now = Clock()
        yield made


@pytest.fixture
async def http(studio: Rig) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=studio.frameio_url) as client:
        yield client


class Sleeper:
    """Stops whoever is about to call one method of an object, until somebody wakes it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, of: object, method: str) -> None:
        self.reached, self.wake = asyncio.Event(), asyncio.Event()
        go_on = getattr(of, method)

        async def sleep_first(*arguments: Any, **named: Any) -> None:
            self.reached.set()
            await self.wake.wait()
            await go_on(*arguments, **named)

        monkeypatch.setattr(of, method, sleep_first)


async def taken_over(studio: Rig, http: httpx.AsyncClient, deliver: Deliver, sleeper: Sleeper) -> None:
    """Nobody came for two minutes; the uploader is stopped (SIGSTOP, a suspended machine, cut off from NATS) on its way
    to remove the asset. Frame.io comes after all, and another replica takes over, before the first wakes up."""
    clock = studio.now
    assert isinstance(clock, Clock)
    message: FileExposed = studio.exposed()
    studio.frameio.faults.queue(DelayFetch(route="remote_upload", delay_s=1.5))
    sleeping = asyncio.create_task(deliver(Delivery(message, sequence=1, count=1)))
    await studio.posted(1)
    await asyncio.sleep(0.2)
    clock.pass_by(130)
    await asyncio.wait_for(sleeper.reached.wait(), 10)
    await studio.frameio.fetched()
    other = await studio.deliver(http)
    for exposure in (1, 2):
        await until_settled(other, studio.exposed(exposure=exposure), clock)
    (delivered,) = await studio.published("delivered")
    sleeper.wake.set()
    with suppress(PostFlowError):
        await sleeping
    assert [asset.id for asset in studio.assets()] == [delivered.asset_id], "told as delivered, and deleted then"


async def test_who_slept_between_its_verdict_and_the_record_of_it_deletes_nothing(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = await studio.deliver(http)
    await taken_over(studio, http, deliver, Sleeper(monkeypatch, deliver._resending, "send_again"))


async def test_what_somebody_is_about_to_delete_is_delivered_by_nobody(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = await studio.deliver(http)
    await taken_over(studio, http, deliver, Sleeper(monkeypatch, deliver._posting, "withdraw"))


async def test_what_somebody_has_begun_to_delete_is_delivered_by_nobody(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = await studio.deliver(http)
    await taken_over(studio, http, deliver, Sleeper(monkeypatch, deliver._posting._removal, "remove"))


async def test_what_is_being_given_up_is_delivered_by_nobody(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its asset cannot be looked at just then; it is whole when another replica goes on."""
    message = studio.exposed()
    studio.frameio.faults.queue(DelayFetch(route="remote_upload", delay_s=1.0), Status(route="list_files", status=403))
    deliver = await studio.deliver(http)
    sleeper = Sleeper(monkeypatch, deliver._posting._removal, "remove")
    sleeping = asyncio.create_task(deliver(Delivery(message, sequence=1, count=1)))
    await asyncio.wait_for(sleeper.reached.wait(), 10)
    await studio.frameio.fetched()
    assert isinstance(studio.now, Clock)
    await until_settled(await studio.deliver(http), message, studio.now)
    sleeper.wake.set()
    with suppress(PostFlowError):
        await sleeping
    (failed,) = await studio.published("failed")
    assert failed.code == "FRAMEIO_FORBIDDEN"
    assert studio.assets() == []
    assert [one for one in await studio.story() if getattr(one, "state", "") == "delivered"] == []
