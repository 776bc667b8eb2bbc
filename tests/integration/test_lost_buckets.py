"""What happens when NATS has lost a bucket: nobody goes on as if it were empty before a person has said so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from postflow import buckets, provision
from postflow.bus import Bus
from postflow.errors import BusUnavailable, PostFlowError
from postflow.pauses import Pauses
from postflow.service import Service, run_all
from postflow.settings import ServiceSettings
from postflow.telemetry import Telemetry
from postflow.topology import BUCKETS, STREAM
from tests.examples import ready
from tests.nats_fixtures import NatsServer


async def lose(bus: Bus, bucket: str) -> None:
    assert await bus.jetstream.delete_key_value(bucket)


async def until(service: Service, words: str) -> str:
    async with asyncio.timeout(20):
        while words not in (check := service.health.report()["nats"]).detail:
            await asyncio.sleep(0.02)
    return check.what_to_do


@asynccontextmanager
async def serving(nats: NatsServer) -> AsyncIterator[tuple[Service, asyncio.Task[None]]]:
    service = Service("example", ServiceSettings(nats_url=nats.url), Telemetry())

    async def serve() -> None:
        await service.connect("watcher")
        await run_all(service)

    task = asyncio.create_task(serve())
    try:
        yield service, task
    finally:
        service.stop.set()
        await asyncio.gather(task, return_exceptions=True)
        await service.close()


async def test_before_anything_was_published_a_bucket_is_simply_made(bus: Bus) -> None:
    await lose(bus, "deliveries")
    await provision.provision(bus)
    assert await buckets.missing(bus.jetstream) == buckets.Missing()


async def test_provision_refuses_to_make_a_lost_bucket_anew_until_a_person_names_it(bus: Bus) -> None:
    await bus.publish(ready())
    await lose(bus, "deliveries")
    await lose(bus, "tokens")
    with pytest.raises(provision.Unfit) as refused:
        await provision.provision(bus, ["tokens"])
    assert str(refused.value) == "the bucket deliveries, lost while the stream holds messages"
    assert "PROVISION_REMAKE=deliveries,tokens" in refused.value.what_to_do
    assert "may arrive twice" in refused.value.what_to_do
    assert (await buckets.missing(bus.jetstream)).lost == ("deliveries", "tokens"), "nothing was changed"
    await provision.provision(bus, ["deliveries", "tokens"])
    assert await buckets.missing(bus.jetstream) == buckets.Missing()


async def test_a_bucket_of_a_newer_release_is_no_lost_one(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    await bus.publish(ready())
    for module in (buckets, provision):
        monkeypatch.setattr(module, "BUCKETS", (*BUCKETS, "plans"))
    assert await buckets.missing(bus.jetstream) == buckets.Missing(new=("plans",))
    await provision.provision(bus)
    await lose(bus, "plans")
    assert await buckets.missing(bus.jetstream) == buckets.Missing(lost=("plans",))


async def test_of_a_stream_that_says_nothing_all_buckets_were_there(bus: Bus) -> None:
    config = (await bus.jetstream.stream_info(STREAM)).config
    await bus.jetstream.update_stream(config.evolve(metadata={}))
    await bus.publish(ready())
    await lose(bus, "posts")
    assert await buckets.missing(bus.jetstream) == buckets.Missing(lost=("posts",))


async def test_a_service_that_starts_waits_and_says_what_to_do(nats: NatsServer, bus: Bus) -> None:
    await bus.publish(ready())
    await lose(bus, "deliveries")
    async with serving(nats) as (service, _):
        what_to_do = await until(service, "the bucket deliveries, lost while the stream holds messages")
        assert "Restore the volume of NATS" in what_to_do
        await provision.provision(bus, ["deliveries"])
        await until(service, "connected")


async def test_a_running_service_ends_when_a_bucket_is_lost(
    nats: NatsServer, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postflow.service.BUCKETS_LOOK_S", 0.05)
    await bus.publish(ready())
    async with serving(nats) as (service, task):
        await until(service, "connected")
        await lose(bus, "deliveries")
        with pytest.raises(PostFlowError, match="the bucket deliveries, lost"):
            await asyncio.wait_for(task, 20)


async def test_nats_being_away_is_no_lost_bucket(nats: NatsServer, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postflow.service.BUCKETS_LOOK_S", 0.05)
    await bus.publish(ready())
    async with serving(nats) as (service, task):
        await until(service, "connected")
        nats.kill()
        await until(service, "is lost")
        nats.start()
        await until(service, "connected")
        await service.look_at_buckets()
        await service.look_at_buckets()
        assert not task.done()


async def test_a_record_in_a_lost_bucket_is_not_taken_for_one_that_was_never_written(bus: Bus) -> None:
    records = await bus.records("switches", Pauses)
    assert await records.get("pauses") is None
    await lose(bus, "switches")
    with pytest.raises(BusUnavailable):
        await records.get("pauses")
