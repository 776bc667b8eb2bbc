"""Nothing hangs on one message: the sweep over the uploader's ledger, on a real nats-server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from postflow.bus import Bus
from postflow.errors import NotYet
from postflow.messages import FileEnded, FileExposed, FileStale, Message, about
from postflow.reading import Delivery
from postflow.topology import STREAM, again_subject, later_subject
from tests.examples import destination, failed
from tests.integration.uploader_rig import Rig, rig
from tests.integration.uploader_time import Clock
from uploader.books import AssetRecord, DeliveryRecord, PlaceRecord, Stage
from uploader.carriers import Carriers
from uploader.ledger import Ledger
from uploader.rows import Rows
from uploader.sweep import CURSOR, QUIET_S, Cursor, Sweep


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    async with rig(bus, fetch_delay_s=0.0, transcoded_after_s=0.0) as made:
        made.now = Clock()
        yield made


@pytest.fixture
async def http(studio: Rig) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=studio.frameio_url) as client:
        yield client


def a_while_later(studio: Rig) -> None:
    assert isinstance(studio.now, Clock)
    studio.now.pass_by(QUIET_S + 60)


async def sweep(studio: Rig) -> Sweep:
    bus = studio.bus
    ledger = Ledger(
        await bus.records("deliveries", DeliveryRecord),
        await bus.records("deliveries", PlaceRecord),
        await bus.records("assets", AssetRecord),
    )
    rows = Rows(bus.jetstream, "deliveries")
    return Sweep(
        rows,
        await bus.records("deliveries", Cursor),
        ledger,
        Carriers(bus),
        bus.publish,
        stop=studio.stop,
        now=studio.now,
    )


async def record(studio: Rig, message: FileExposed) -> DeliveryRecord:
    held = await (await studio.bus.records("deliveries", DeliveryRecord)).get(message.file_id)
    assert held is not None
    return held.value


async def taken_from(studio: Rig, durable: str) -> Any:
    subscription = await studio.bus.jetstream.pull_subscribe_bind(consumer=durable, stream=STREAM)
    (raw,) = await subscription.fetch(1, timeout=5)
    return raw


async def left_after_the_post(studio: Rig, http: httpx.AsyncClient, message: FileExposed) -> Any:
    """A delivery that a replica let go of in the middle; its message, which is in nobody's hands now."""
    await studio.bus.publish(message)
    raw = await taken_from(studio, "uploader")
    studio.stop.set()
    deliver = await studio.deliver(http)
    with pytest.raises(NotYet, match="stops"):
        await deliver(Delivery(message, sequence=raw.metadata.sequence.stream, count=1))
    studio.stop = asyncio.Event()
    return raw


async def again(studio: Rig) -> int:
    info = await studio.bus.jetstream.stream_info(STREAM, subjects_filter="postflow.again.>")
    return sum((info.state.subjects or {}).values())


async def told(studio: Rig, kind: type[Message]) -> list[Message]:
    return [message for message in await studio.story() if isinstance(message, kind)]


async def test_a_delivery_whose_message_was_settled_is_taken_up_where_it_stands(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    message = studio.exposed()
    raw = await left_after_the_post(studio, http, message)
    await raw.ack_sync()
    a_while_later(studio)
    await (await sweep(studio))()
    async with studio.uploading():
        await studio.published("playable")
    assert studio.frameio.journal.count("remote_upload") == 1
    assert len(studio.assets()) == 1


async def test_replicas_that_sweep_at_once_take_it_up_once(studio: Rig, http: httpx.AsyncClient) -> None:
    raw = await left_after_the_post(studio, http, studio.exposed())
    await raw.ack_sync()
    a_while_later(studio)
    sweeps = [await sweep(studio) for _ in range(3)]
    await asyncio.gather(*(each() for each in sweeps))
    assert await again(studio) == 1
    a_while_later(studio)
    await sweeps[0]()
    assert await again(studio) == 1, "it waits for a reader already"


async def test_what_was_written_lately_is_left_alone(studio: Rig, http: httpx.AsyncClient) -> None:
    raw = await left_after_the_post(studio, http, studio.exposed())
    await raw.ack_sync()
    await (await sweep(studio))()
    assert await again(studio) == 0


async def test_what_a_schedule_brings_on_is_left_alone(studio: Rig, http: httpx.AsyncClient) -> None:
    message = studio.exposed()
    raw = await left_after_the_post(studio, http, message)
    sequence = raw.metadata.sequence.stream
    schedule = {
        "Nats-Schedule": "@at 2099-01-01T00:00:00Z",
        "Nats-Schedule-Target": again_subject("uploader", sequence),
    }
    await studio.bus.publish_raw(later_subject("uploader", sequence), raw.data, schedule)
    await raw.ack_sync()
    a_while_later(studio)
    await (await sweep(studio))()
    assert await again(studio) == 0


async def test_what_a_reader_holds_is_left_alone_however_long_it_takes(studio: Rig, http: httpx.AsyncClient) -> None:
    message = studio.exposed()
    await left_after_the_post(studio, http, message)  # its message is not acknowledged
    records = await studio.bus.records("deliveries", DeliveryRecord)
    held = await records.get(message.file_id)
    assert held is not None
    await records.update(message.file_id, held.value.model_copy(update={"live": True}), held=held)
    a_while_later(studio)
    swept = await sweep(studio)
    await swept()
    await swept()
    assert await again(studio) == 0


async def test_an_ending_that_was_never_told_is_told(studio: Rig, http: httpx.AsyncClient) -> None:
    message = studio.exposed()
    raw = await left_after_the_post(studio, http, message)
    await raw.ack_sync()
    records = await studio.bus.records("deliveries", DeliveryRecord)
    held = await records.get(message.file_id)
    assert held is not None
    ending = failed(exposure=1, path=message.path, size_bytes=message.size_bytes, at=studio.now())
    ended = {"stage": Stage.ENDED, "ending": {"subject": ending.subject, "payload": ending.model_dump_json()}}
    changed = DeliveryRecord.model_validate(held.value.model_dump() | ended)
    await records.update(message.file_id, changed, held=held)
    a_while_later(studio)
    await (await sweep(studio))()
    async with studio.uploading():
        assert (await studio.published("failed"))[0] == ending
        await studio.settled()
    assert (await record(studio, message)).stage is Stage.TOLD
    assert held.value.place is not None
    assert await (await studio.bus.records("deliveries", PlaceRecord)).get(held.value.place) is None


async def stale(studio: Rig, http: httpx.AsyncClient, message: FileExposed) -> None:
    """A delivery that asked for another address."""
    studio.source.lost = {message.exposure}
    await studio.bus.publish(message)
    raw = await taken_from(studio, "uploader")
    await (await studio.deliver(http))(Delivery(message, sequence=raw.metadata.sequence.stream, count=1))
    await raw.ack_sync()


async def test_another_address_is_asked_for_again_once_the_request_was_settled_without_an_answer(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stale(studio, http, studio.exposed())
    a_while_later(studio)
    swept = await sweep(studio)
    await swept()
    assert len(await told(studio, FileStale)) == 1, "it lies before the fileserver"
    await (await taken_from(studio, "fileserver-expose-small")).ack_sync()
    # Later than the duplicate window of the stream, which an hour of ours does not move.
    monkeypatch.setattr(FileStale, "dedupe_id", None)
    await swept()
    assert len(await told(studio, FileStale)) == 2
    a_while_later(studio)
    await swept()
    assert len(await told(studio, FileStale)) == 2, "it lies before the fileserver again"


async def test_what_somebody_else_has_ended_is_closed_and_its_place_is_free(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    message = studio.exposed()
    await stale(studio, http, message)
    ending = failed(**about(message, at=studio.now()) | {"service": "fileserver"})
    await studio.bus.publish(ending)
    a_while_later(studio)
    await (await sweep(studio))()
    closed = await record(studio, message)
    assert (closed.stage, closed.ending is not None) == (Stage.TOLD, True)
    assert closed.place is not None
    assert await (await studio.bus.records("deliveries", PlaceRecord)).get(closed.place) is None
    assert len(await told(studio, FileEnded)) == 1


async def test_a_delivery_whose_message_is_gone_from_the_stream_makes_room_for_others(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    message = studio.exposed()
    raw = await left_after_the_post(studio, http, message)
    await raw.ack_sync()
    await studio.bus.jetstream.purge_stream(STREAM, subject=message.subject)
    a_while_later(studio)
    await (await sweep(studio))()
    left = await record(studio, message)
    assert left.place is not None
    assert await (await studio.bus.records("deliveries", PlaceRecord)).get(left.place) is None
    assert (left.stage, left.posted is not None) == (Stage.POSTED, True), "a new attempt finds what it left"


async def test_each_row_is_read_once_and_markers_do_not_pile_up(studio: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploader.sweep.STRETCH", 3)
    names = [f"SQ01_UNDLM_{number:05d}_v001.mov" for number in range(5)]
    async with studio.uploading():
        for name in names:
            await studio.bus.publish(studio.exposed(path=name, destination=destination(name=name)))
        await studio.published("playable", count=len(names))
        await studio.settled()
    studio.stop = asyncio.Event()
    bucket = "KV_deliveries"
    before = (await studio.bus.jetstream.stream_info(bucket)).state.messages
    a_while_later(studio)
    await (await sweep(studio))()
    after = (await studio.bus.jetstream.stream_info(bucket)).state.messages
    assert before == 2 * len(names)
    assert after == len(names) + 1, "the records, and the cursor"
    read: list[int] = []
    further = Rows.after

    async def counted(rows: Rows, revision: int) -> Any:
        read.append(revision)
        return await further(rows, revision)

    monkeypatch.setattr(Rows, "after", counted)
    await (await sweep(studio))()
    assert len(read) <= 2
    held = await (await studio.bus.records("deliveries", Cursor)).get(CURSOR)
    assert held is not None
    assert held.value.open == ()
