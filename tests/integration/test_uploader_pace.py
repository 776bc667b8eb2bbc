"""Replicas keep one pace towards Frame.io, by a real bucket."""

import asyncio

import pytest

from postflow.bus import Bus
from simulators.frameio.limits import FIVE_A_SECOND, LeakyBucket
from tests.nats_fixtures import NatsServer
from uploader.frameio.budget import Budget, BudgetRecord
from uploader.frameio.limits import Endpoint
from uploader.frameio.pacing import Pacer

REPLICAS = 4
CALLS = 10
PACE = 0.95
NOW = 1_800_000_000.0
UPLOAD = Endpoint.REMOTE_UPLOAD


class Turns:
    """One replica whose clock stands still: when each of its calls would have gone out."""

    def __init__(self, budget: Budget) -> None:
        self.pacer = Pacer(PACE, budget, clock=lambda: NOW, sleep=self._sleep)
        self.at: list[float] = []
        self._waited_s = 0.0

    async def _sleep(self, seconds: float) -> None:
        self._waited_s = seconds

    async def take(self, count: int) -> None:
        for _ in range(count):
            self._waited_s = 0.0
            await self.pacer.turn(UPLOAD)
            self.at.append(NOW + self._waited_s)


async def replica(bus: Bus) -> Turns:
    return Turns(Budget(await bus.records("budget", BudgetRecord)))


async def test_all_replicas_together_stay_within_the_limit_and_use_it(bus: Bus) -> None:
    replicas = [await replica(bus) for _ in range(REPLICAS)]
    await asyncio.gather(*(one.take(CALLS) for one in replicas))
    turns = sorted(at for one in replicas for at in one.at)
    bucket = LeakyBucket(FIVE_A_SECOND)
    assert all(bucket.pour(at) for at in turns), "Frame.io would have refused one"
    interval_s = UPLOAD.interval_s / PACE
    assert turns[-1] - NOW == pytest.approx((REPLICAS * CALLS - UPLOAD.burst) * interval_s)


async def test_a_refusal_to_one_holds_back_the_others(bus: Bus) -> None:
    refused, other = await replica(bus), await replica(bus)
    await other.take(1)
    await refused.pacer.pause(UPLOAD, 7.0)
    await other.take(1)
    assert other.at[-1] >= NOW + 7.0


async def test_without_nats_each_keeps_the_pace_for_itself_and_shares_it_again_afterwards(
    bus: Bus, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uploader.frameio.pacing.PATIENCE_S", 0.1)
    alone, other = await replica(bus), await replica(bus)
    await alone.take(UPLOAD.burst)
    nats.freeze()
    await alone.take(3)
    interval_s = UPLOAD.interval_s / PACE
    assert alone.at[-3:] == pytest.approx([NOW + number * interval_s for number in (1, 2, 3)])
    nats.thaw()
    monkeypatch.setattr("uploader.frameio.pacing.PATIENCE_S", 10.0)
    await alone.take(1)
    await other.take(1)
    assert other.at[-1] > alone.at[-1]


async def test_a_restarted_replica_goes_on_where_all_of_them_are(bus: Bus) -> None:
    before = await replica(bus)
    await before.take(CALLS)
    after = await replica(bus)
    await after.take(1)
    assert after.at[0] > before.at[-1]
