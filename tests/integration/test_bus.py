"""The bus against a real nats-server."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from structlog.contextvars import get_contextvars

from postflow import provision, topology
from postflow.bus import Bus
from postflow.errors import BusUnavailable, ClaimLost, NotYet, PermanentError, RecordConflict
from postflow.messages import FileFailed, FileReady, Parked
from postflow.questions import ASK_TRANSFER, TransferAnswer, TransferQuestion
from postflow.reading import Delivery, Reader
from postflow.settling import ORIGINAL_SUBJECT
from postflow.topology import STREAM
from tests.examples import destination, ready
from tests.nats_fixtures import NatsServer, connected
from tests.unit.notifier.examples import condition


class Reading:
    """A reader that runs while a test looks on."""

    def __init__(self, bus: Bus, durable: str, end: Callable[[Delivery], Exception | None]) -> None:
        self.seen: list[Delivery] = []
        self._end = end
        self._stop = asyncio.Event()
        self._reader = Reader(bus, durable, self._handle, service="test")

    async def _handle(self, delivery: Delivery) -> None:
        self.seen.append(delivery)
        error = self._end(delivery)
        if error is not None:
            raise error

    async def __aenter__(self) -> "Reading":
        self._task = asyncio.create_task(self._reader.run(self._stop))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task

    async def until(self, count: int) -> list[Delivery]:
        async with asyncio.timeout(20):
            while len(self.seen) < count:
                await asyncio.sleep(0.02)
        return self.seen


async def test_the_same_fact_published_twice_is_stored_once(bus: Bus) -> None:
    await bus.publish(ready())
    await bus.publish(ready())
    assert (await bus.jetstream.stream_info(STREAM)).state.messages == 1


async def test_a_handled_message_is_not_seen_again(bus: Bus) -> None:
    await bus.publish(ready())
    async with Reading(bus, "fileserver-expose-small", lambda _: None) as reading:
        (first,) = await reading.until(1)
    assert first.message == ready()
    info = await bus.jetstream.consumer_info(STREAM, "fileserver-expose-small")
    assert (info.num_pending, info.num_ack_pending) == (0, 0)


async def test_every_line_that_a_handler_logs_says_which_file_it_is_about(bus: Bus) -> None:
    await bus.publish(ready())
    said: list[dict[str, object]] = []
    async with Reading(bus, "fileserver-expose-small", lambda _: said.append(get_contextvars())) as reading:
        await reading.until(1)
    assert said == [{"file_id": ready().file_id, "path": ready().path}]


async def test_not_yet_brings_the_message_again_with_a_higher_count(bus: Bus) -> None:
    await bus.publish(ready())

    def end(delivery: Delivery) -> Exception | None:
        return NotYet("in a moment", 0.1) if delivery.count == 1 else None

    async with Reading(bus, "fileserver-expose-small", end) as reading:
        first, second = await reading.until(2)
    assert (first.sequence, first.count) == (second.sequence, 1)
    assert second.count == 2


async def test_a_long_wait_is_scheduled_and_comes_back_as_the_same_message(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postflow.settlement.LONGEST_NAK_S", 0.0)
    await bus.publish(ready())

    def end(delivery: Delivery) -> Exception | None:
        return NotYet("later", 1.0) if delivery.sequence == 1 else None

    async with Reading(bus, "fileserver-expose-small", end) as reading:
        first, second = await reading.until(2)
    assert second.message == first.message
    assert second.sequence > first.sequence


async def test_a_message_that_must_not_be_retried_is_parked_and_its_file_failed(bus: Bus) -> None:
    await bus.publish(ready())
    refused = PermanentError("no such project", code="PROJECT_MISSING", what_to_do="Create it.")
    async with Reading(bus, "fileserver-expose-small", lambda _: refused) as reading:
        await reading.until(1)
        async with Reading(bus, "notifier", lambda _: None) as notices:
            parked, failed = (delivery.message for delivery in await notices.until(2))
    assert isinstance(parked, Parked)
    assert isinstance(failed, FileFailed)
    assert parked.durable == "fileserver-expose-small"
    assert (parked.code, failed.code) == ("PROJECT_MISSING", "PROJECT_MISSING")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second retry is scheduled already, and the fourth try is the last."""
    monkeypatch.setattr("postflow.settlement.backoff_s", lambda tries: 0.01 if tries == 1 else 0.2)
    monkeypatch.setattr("postflow.settlement.LONGEST_NAK_S", 0.1)
    monkeypatch.setattr("postflow.settlement.DEFECT_LIMIT", 4)


async def test_a_handler_that_always_breaks_has_its_message_parked_though_retries_were_scheduled(
    bus: Bus, impatient: None
) -> None:
    await bus.publish(ready())
    async with (
        Reading(bus, "notifier", lambda _: None) as notices,
        Reading(bus, "fileserver-expose-small", lambda _: ValueError("a defect")) as reading,
    ):
        parked, failed = (delivery.message for delivery in await notices.until(2))
    assert isinstance(parked, Parked)
    assert isinstance(failed, FileFailed)
    assert (parked.code, failed.code) == ("DEFECT", "DEFECT")
    assert [delivery.defects for delivery in reading.seen] == [0, 1, 2, 3]


async def test_waiting_burns_no_try(bus: Bus, impatient: None) -> None:
    await bus.publish(ready())
    ends = [*[NotYet("in a moment", 0.01)] * 5, ValueError("once"), NotYet("later", 0.2), ValueError("twice"), None]
    left = iter(ends)
    async with Reading(bus, "fileserver-expose-small", lambda _: next(left)) as reading:
        await reading.until(len(ends))
    assert reading.seen[-1].defects == 2
    assert [subject async for subject in parked_subjects(bus)] == []


async def parked_subjects(bus: Bus) -> AsyncIterator[str]:
    info = await bus.jetstream.stream_info(STREAM, subjects_filter="postflow.parked.>")
    for subject in info.state.subjects or {}:
        yield subject


async def test_parks_a_message_it_cannot_read(bus: Bus) -> None:
    await bus.jetstream.publish("postflow.file.ready.small." + "0" * 32, b"{not json")
    async with (
        Reading(bus, "notifier", lambda _: None) as notices,
        Reading(bus, "fileserver-expose-small", lambda _: None) as reading,
    ):
        (parked,) = (delivery.message for delivery in await notices.until(1))
    assert isinstance(parked, Parked)
    assert parked.code == "MALFORMED_MESSAGE"
    assert reading.seen == []


async def test_a_message_that_is_parked_again_is_told_of_again(bus: Bus) -> None:
    first = await bus.jetstream.publish("postflow.file.ready.small." + "0" * 32, b"{not json")
    again = topology.again_subject("fileserver-expose-small", first.seq)
    headers = {ORIGINAL_SUBJECT: "postflow.file.ready.small." + "0" * 32}
    async with (
        Reading(bus, "notifier", lambda _: None) as notices,
        Reading(bus, "fileserver-expose-small", lambda _: None),
    ):
        await notices.until(1)
        retry = await bus.jetstream.publish(again, b"{not json", headers=headers)
        told = [delivery.message for delivery in await notices.until(2)]
    assert [(each.sequence, each.retry) for each in told if isinstance(each, Parked)] == [(1, 0), (1, retry.seq)]


async def test_a_lost_claim_leaves_the_message_to_its_holder(bus: Bus) -> None:
    await bus.publish(ready())
    async with Reading(bus, "fileserver-expose-small", lambda _: ClaimLost("another is at it")) as reading:
        await reading.until(1)
    assert (await bus.jetstream.consumer_info(STREAM, "fileserver-expose-small")).num_ack_pending == 1


async def test_no_more_is_taken_than_there_is_room_for(bus: Bus) -> None:
    for number in range(3):
        await bus.publish(ready(size_bytes=number + 1))
    room = asyncio.Semaphore(2)
    seen: list[Delivery] = []
    waits_for_room = asyncio.Event()

    async def permit() -> None:
        if room.locked():
            waits_for_room.set()
        await room.acquire()

    async def handle(delivery: Delivery) -> None:
        seen.append(delivery)

    stop = asyncio.Event()
    task = asyncio.create_task(Reader(bus, "fileserver-expose-small", handle, service="test", permit=permit).run(stop))
    async with asyncio.timeout(20):
        await waits_for_room.wait()
    info = await bus.jetstream.consumer_info(STREAM, "fileserver-expose-small")
    assert (len(seen), info.num_pending) == (2, 1)
    stop.set()
    await task


async def test_reading_goes_on_after_the_server_was_killed(nats: NatsServer, bus: Bus) -> None:
    async with Reading(bus, "fileserver-expose-small", lambda _: None) as reading:
        await bus.publish(ready())
        await reading.until(1)
        nats.kill()
        nats.start()
        await bus.publish(ready(size_bytes=2))
        await reading.until(2)


async def test_provision_can_run_again_and_keeps_what_is_there(bus: Bus) -> None:
    await bus.publish(ready())
    await provision.provision(bus)
    assert (await bus.jetstream.stream_info(STREAM)).state.messages == 1


async def test_a_question_is_answered_by_the_service_that_knows(nats: NatsServer, bus: Bus) -> None:
    async def answer(question: TransferQuestion) -> TransferAnswer:
        return TransferAnswer(known=True, bytes_sent=question.exposure)

    await bus.answer("fileserver", ASK_TRANSFER, TransferQuestion, answer)
    async with connected(nats.url, name="asker") as asker:
        question = TransferQuestion(file_id="0" * 32, attempt=1, exposure=7)
        reply = await asker.ask(ASK_TRANSFER, question, TransferAnswer)
    assert reply.bytes_sent == 7


async def test_an_answer_that_breaks_is_told_to_who_asked_and_logged(
    nats: NatsServer, bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(_: TransferQuestion) -> TransferAnswer:
        return TransferAnswer.model_validate({"known": "film.example"})

    await bus.answer("fileserver", ASK_TRANSFER, TransferQuestion, answer)
    async with connected(nats.url, name="asker") as asker:
        question = TransferQuestion(file_id="0" * 32, attempt=1, exposure=1)
        with pytest.raises(BusUnavailable, match="its answer broke: ValidationError") as caught:
            await asker.ask(ASK_TRANSFER, question, TransferAnswer)
        with pytest.raises(BusUnavailable, match="the question cannot be read"):
            await asker.ask(ASK_TRANSFER, TransferAnswer(known=True), TransferAnswer)
    assert "film.example" not in str(caught.value)
    assert "cannot answer" in capsys.readouterr().out


async def test_a_record_is_changed_only_by_who_read_it_last(bus: Bus) -> None:
    records = await bus.records("folders", type(destination()))
    held = await records.create("one", destination())
    with pytest.raises(RecordConflict):
        await records.create("one", destination())
    newer = await records.update("one", destination(route="second"), held=held)
    with pytest.raises(RecordConflict):
        await records.update("one", destination(route="third"), held=held)
    assert await records.get("one") == newer
    with pytest.raises(RecordConflict):
        await records.delete("one", held=held)
    await records.delete("one", held=newer)
    assert await records.get("one") is None


async def test_a_ready_message_keeps_its_type_through_the_stream(bus: Bus) -> None:
    await bus.publish(ready(lane="large"))
    async with Reading(bus, "fileserver-expose-large", lambda _: None) as reading:
        (delivery,) = await reading.until(1)
    assert isinstance(delivery.message, FileReady)


async def test_a_question_waits_for_a_service_that_is_just_starting(nats: NatsServer, bus: Bus) -> None:
    async def answer(question: TransferQuestion) -> TransferAnswer:
        return TransferAnswer(known=True)

    async with connected(nats.url, name="asker") as asker:
        question = TransferQuestion(file_id="0" * 32, attempt=1, exposure=1)
        asking = asyncio.create_task(asker.ask(ASK_TRANSFER, question, TransferAnswer))
        await asyncio.sleep(0.3)
        await bus.answer("fileserver", ASK_TRANSFER, TransferQuestion, answer)
        assert (await asking).known


async def test_the_newest_message_of_a_subject_is_found_whoever_said_it(nats: NatsServer, bus: Bus) -> None:
    assert await bus.last("postflow.condition.tunnel-down.*") is None
    for said in (condition(), condition(instance="two"), condition("cleared"), condition(name="login")):
        await bus.publish(said)
    assert await bus.last("postflow.condition.tunnel-down.*") == condition("cleared")
    nats.kill()
    with pytest.raises(BusUnavailable):
        await bus.last("postflow.condition.tunnel-down.*")
