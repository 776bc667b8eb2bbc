"""NATS away, hanging, full, or closing the connection: services wait, say so, and go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from postflow import provision
from postflow.bus import Bus
from postflow.errors import BusUnavailable, PostFlowError
from postflow.reading import Delivery, Reader
from postflow.service import Service, run_all
from postflow.settings import ServiceSettings
from postflow.telemetry import Telemetry
from postflow.topology import STREAM
from tests.examples import ready
from tests.nats_fixtures import NatsServer, connected

EXPOSE = "fileserver-expose-small"
NOISE = "postflow.condition.test.one"


@asynccontextmanager
async def reading(bus: Bus, handle: "Handled") -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Reader(bus, EXPOSE, handle, service="test").run(stop))
    try:
        yield
    finally:
        stop.set()
        handle.goes_on.set()
        await task


class Handled:
    """A handler that takes as long as a test wants."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.goes_on = asyncio.Event()

    async def __call__(self, delivery: Delivery) -> None:
        self.seen.append(delivery.sequence)
        await self.goes_on.wait()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.seen) < count:
                await asyncio.sleep(0.02)


async def in_hand(bus: Bus) -> int:
    return (await bus.jetstream.consumer_info(STREAM, EXPOSE)).num_ack_pending or 0


async def test_after_an_outage_a_reader_takes_no_more_than_it_has_hands_for(nats: NatsServer, bus: Bus) -> None:
    """What it asked for meanwhile must not all be answered at once: it would rest unread until others may have it."""
    for number in range(20):
        await bus.publish(ready(size_bytes=number + 1))
    handle = Handled()
    nats.kill()
    async with reading(bus, handle):
        await asyncio.sleep(2)  # ten pulls long
        nats.start()
        await handle.until(1)
        assert await in_hand(bus) == 1
        handle.goes_on.set()
        await handle.until(20)
    assert sorted(handle.seen) == list(range(1, 21)), "each once"


async def test_a_server_that_hangs_is_waited_for_and_each_fact_is_stored_once(
    nats: NatsServer, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postflow.storing.PATIENCE_S", 0.1)
    nats.freeze()
    publishing = [asyncio.create_task(bus.publish(ready(size_bytes=number + 1))) for number in range(5)]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(publishing[0]), 7)
    said = bus.check()
    nats.thaw()
    await asyncio.gather(*publishing)
    assert (await bus.jetstream.stream_info(STREAM)).state.messages == 5
    assert not said.ok
    assert "stores nothing" in said.detail
    assert bus.check().ok


async def test_a_full_server_is_waited_for_and_said_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postflow.storing.PATIENCE_S", 0.1)
    monkeypatch.setattr("postflow.bus.PUBLISH_PATIENCE_S", 0.5)
    server = NatsServer(tmp_path / "small", max_file_store="1M")
    server.start()
    try:
        async with connected(server.url) as bus:
            await provision.provision(bus)
            await bus.publish(ready())
            with pytest.raises(BusUnavailable, match="insufficient resources"):
                await asyncio.gather(*(bus.publish_raw(NOISE, bytes(100_000), {}) for _ in range(12)))
            check = bus.check()
            assert (check.ok, "insufficient resources" in check.detail) == (False, True)
            assert "restart nats-server" in check.what_to_do
            with pytest.raises(BusUnavailable):
                await bus.publish(ready(size_bytes=2))
            await bus.jetstream.purge_stream(STREAM, subject=NOISE)
            await bus.publish(ready(size_bytes=2))
            assert bus.check().ok
            assert (await bus.jetstream.stream_info(STREAM)).state.messages == 2
    finally:
        server.kill()


async def test_a_client_that_the_server_closes_ends_the_service_with_an_error(nats: NatsServer, bus: Bus) -> None:
    """Whoever supervises it starts it again; what was in hand comes again."""
    await bus.publish(ready())
    service = Service("example", ServiceSettings(nats_url=nats.url), Telemetry())

    async def serve() -> None:
        own = await service.connect(EXPOSE)
        served.set_result(own)
        await run_all(service, service.read(EXPOSE, handle))

    served: asyncio.Future[Bus] = asyncio.get_running_loop().create_future()
    handle = Handled()
    task = asyncio.create_task(serve())
    own = await served
    await handle.until(1)
    own.client._transport.write(b"NONSENSE\r\n")  # type: ignore[union-attr]
    handle.goes_on.set()
    with pytest.raises(PostFlowError, match="closed for good"):
        await asyncio.wait_for(task, 30)
    await service.close()
    assert await in_hand(bus) + ((await bus.jetstream.consumer_info(STREAM, EXPOSE)).num_pending or 0) == 1
