"""Publishing what was decided."""

import asyncio

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from postflow import attributes, identity
from postflow.errors import BusUnavailable
from postflow.messages import FileReady, Message
from postflow.telemetry import Telemetry, with_processor
from tests.examples import ready
from tests.unit.watcher.examples import look
from tests.unit.watcher.fakes import START, FakeClock
from watcher.outbox import Outbox
from watcher.records import Released, RevisionState
from watcher.seen import Seen

FIRST, SECOND, THIRD = (ready(size_bytes=number, changed_at=START) for number in (1, 2, 3))


class Stream:
    """Takes messages, except those that it refuses."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.refused: list[FileReady] = []
        self.refusals = 0

    async def publish(self, message: Message) -> None:
        if message in self.refused:
            self.refusals += 1
            raise BusUnavailable("NATS did not answer")
        self.taken.append(message)


def outbox(seen: Seen, stream: Stream, telemetry: Telemetry | None = None) -> Outbox:
    return Outbox(seen, stream.publish, telemetry or Telemetry(), FakeClock())


async def test_everything_is_published_once(seen: Seen) -> None:
    stream = Stream()
    for message in (FIRST, SECOND):
        seen.release(message, look())
    box = outbox(seen, stream)
    assert await box.publish_some()
    assert not await box.publish_some()
    assert stream.taken == [FIRST, SECOND]
    assert seen.revision(FIRST.file_id) == Released(1, RevisionState.READY)


async def test_what_the_stream_did_not_take_stays_and_the_rest_goes(seen: Seen) -> None:
    stream = Stream()
    for message in (FIRST, SECOND, THIRD):
        seen.release(message, look())
    stream.refused = [SECOND]
    box = outbox(seen, stream)
    with pytest.raises(BusUnavailable):
        await box.publish_some()
    assert stream.taken == [FIRST, THIRD]
    assert seen.revision(SECOND.file_id) == Released(1, RevisionState.RELEASING)
    stream.refused = []
    await box.publish_some()
    assert stream.taken == [FIRST, THIRD, SECOND]


async def test_it_goes_on_by_itself_when_the_stream_is_back(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.outbox.RETRY_S", 0.01)
    stream, stop = Stream(), asyncio.Event()
    seen.release(FIRST, look())
    stream.refused = [FIRST]
    box = outbox(seen, stream)
    task = asyncio.create_task(box.run(stop))
    async with asyncio.timeout(10):
        while not stream.refusals:
            await asyncio.sleep(0.01)
        stream.refused = []
        while not stream.taken:
            await asyncio.sleep(0.01)
        seen.release(SECOND, look())
        box.wake()
        while len(stream.taken) < 2:
            await asyncio.sleep(0.01)
    stop.set()
    await task


async def test_a_release_is_a_span_from_the_last_change_below_the_files_root(seen: Seen) -> None:
    exporter = InMemorySpanExporter()
    seen.release(FIRST, look())
    clock = FakeClock()
    clock.passed_s = 20
    box = Outbox(seen, Stream().publish, with_processor("watcher", SimpleSpanProcessor(exporter)), clock)
    await box.publish_some()
    (span,) = exporter.get_finished_spans()
    assert span.name == "release"
    assert span.context is not None
    assert span.parent is not None
    assert span.context.trace_id == identity.trace_id(FIRST.file_id)
    assert span.parent.span_id == identity.root_span_id(FIRST.file_id, 1)
    assert span.start_time == int(START.timestamp() * 1e9)
    assert span.end_time == int(clock.now().timestamp() * 1e9)
    assert span.attributes is not None
    assert span.attributes[attributes.ROUTE] == "shots"
