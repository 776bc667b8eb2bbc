"""Which released files the watcher releases anew: with a real stream, and readers that do what a test says."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.msg import Msg
from nats.js import errors as js_errors

from postflow.bus import Bus
from postflow.decoding import decode
from postflow.messages import FileExposed, FileFailed, FileReady, FileStale, Message
from postflow.pauses import Pause, Pauses
from postflow.questions import ASK_TRANSFER, TransferAnswer, TransferQuestion
from postflow.topology import STREAM
from tests.examples import about_file, delivered
from tests.integration.watcher_rig import Desk, shot
from watcher.broker import Broker
from watcher.records import RevisionState
from watcher.sweep import SILENCE_S, Sweep

EXPOSE, UPLOADER, WATCHER = "fileserver-expose-small", "uploader", "watcher"


async def ready_in(bus: Bus) -> list[FileReady]:
    """Also of a stream that holds schedules, or of which something was removed."""
    state = (await bus.jetstream.stream_info(STREAM)).state
    found: list[Message] = []
    for number in range(state.first_seq, state.last_seq + 1):
        with suppress(js_errors.NotFoundError):
            raw = await bus.jetstream.get_msg(STREAM, number)
            if (raw.subject or "").startswith("postflow.file.ready."):
                found.append(decode(raw.subject or "", raw.data or b""))
    return [message for message in found if isinstance(message, FileReady)]


class Site:
    """A watcher whose ledger is walked when a test says so, and a fileserver that says what the test wants."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.open: set[tuple[str, int, int]] = set()
        self.anew()

    def anew(self) -> None:
        """As after a restart of the watcher."""
        parts = self.desk.parts
        self.sweep = Sweep(
            parts.history,
            parts.seen,
            Broker(self.desk.bus),
            parts.endings,
            self.desk.clock,
            lambda: self.desk.pauses,
            filespace="local",
            large_bytes=1000,
            decided=parts.outbox.wake,
        )

    async def transfer(self, question: TransferQuestion) -> TransferAnswer:
        is_open = (question.file_id, question.attempt, question.exposure) in self.open
        return TransferAnswer(known=is_open, is_open=is_open)

    async def walk_twice(self) -> list[int]:
        """After long silence: the attempts that are published then."""
        self.desk.clock.passed_s += SILENCE_S + 1
        await self.sweep.walk()
        await self.desk.publish()
        assert await ready_in(self.desk.bus) == self.released, "one look is not enough"
        await self.sweep.walk()
        await self.desk.publish()
        return [ready.attempt for ready in await ready_in(self.desk.bus)]

    async def release(self, number: int = 1) -> FileReady:
        self.desk.write(shot(number))
        self.released = await self.desk.see()
        return self.released[-1]

    async def read(self, durable: str) -> Msg:
        bound = await self.desk.bus.jetstream.pull_subscribe_bind(consumer=durable, stream=STREAM)
        (message,) = await bound.fetch(1, timeout=5)
        return message

    async def done(self, durable: str) -> None:
        await (await self.read(durable)).ack_sync()

    async def tell(self, message: Message) -> None:
        await self.desk.bus.publish(message)

    def state(self, ready: FileReady) -> tuple[int, RevisionState]:
        held = self.desk.parts.seen.revision(ready.file_id)
        assert held is not None
        return held.attempt, held.state


def exposed(ready: FileReady, at: datetime | None = None) -> FileExposed:
    own = {"exposure": 1, "public_url": "https://film.example/x", "expires_at": ready.at + timedelta(days=1)}
    return FileExposed.model_validate(about_file(**ready.model_dump()) | own | {"at": at or ready.at})


def failed(ready: FileReady) -> FileFailed:
    told = {"service": "uploader", "code": "NO_PROJECT", "why": "no such project", "what_to_do": "Make it."}
    return FileFailed.model_validate(about_file(**ready.model_dump()) | told)


@pytest.fixture
async def site(tmp_path: Path, bus: Bus) -> AsyncIterator[Site]:
    desk = Desk(tmp_path, bus)
    await desk.start()
    made = Site(desk)
    await bus.answer("fileserver", ASK_TRANSFER, TransferQuestion, made.transfer)
    yield made
    desk.stop()


async def test_what_waits_in_the_backlog_is_left_there_however_long(site: Site) -> None:
    await site.release()
    site.desk.clock.passed_s += 24 * 3600
    assert await site.walk_twice() == [1]


async def test_what_somebody_has_in_hand_is_left_to_him(site: Site) -> None:
    await site.release()
    await site.read(EXPOSE)
    assert await site.walk_twice() == [1]


async def test_a_release_that_was_read_and_led_to_nothing_is_released_anew(site: Site) -> None:
    ready = await site.release()
    await site.done(EXPOSE)
    assert await site.walk_twice() == [1, 2]
    assert site.state(ready) == (2, RevisionState.READY)
    again = (await ready_in(site.desk.bus))[-1]
    assert again.model_copy(update={"attempt": 1, "at": ready.at}) == ready


async def test_one_that_was_put_off_until_later_is_waited_for(site: Site) -> None:
    await site.release()
    message = await site.read(EXPOSE)
    due = datetime.now(UTC) + timedelta(hours=1)
    headers = {
        "Nats-Schedule": f"@at {due:%Y-%m-%dT%H:%M:%SZ}",
        "Nats-Schedule-Target": f"postflow.again.{EXPOSE}.{message.metadata.sequence.stream}",
    }
    await site.desk.bus.publish_raw(
        f"postflow.later.{EXPOSE}.{message.metadata.sequence.stream}", message.data, headers
    )
    await message.ack_sync()
    assert await site.walk_twice() == [1]


async def test_one_that_has_come_back_and_is_not_done_with_is_waited_for(site: Site) -> None:
    await site.release()
    message = await site.read(EXPOSE)
    subject = f"postflow.again.{EXPOSE}.{message.metadata.sequence.stream}"
    await site.desk.bus.publish_raw(subject, message.data, {})
    await message.ack_sync()
    assert await site.walk_twice() == [1]


async def test_an_open_exposure_is_left_alone_although_its_message_is_done_with(site: Site) -> None:
    ready = await site.release()
    await site.done(EXPOSE)
    await site.tell(exposed(ready))
    await site.done(UPLOADER)
    site.open.add((ready.file_id, 1, 1))
    assert await site.walk_twice() == [1]
    site.open.clear()
    assert await site.walk_twice() == [1, 2]


async def test_an_exposure_that_the_uploader_has_is_left_to_it(site: Site) -> None:
    ready = await site.release()
    await site.done(EXPOSE)
    await site.tell(exposed(ready))
    await site.read(UPLOADER)
    assert await site.walk_twice() == [1]


async def test_a_wish_for_another_address_that_is_not_read_yet_is_waited_for(site: Site) -> None:
    ready = await site.release()
    await site.done(EXPOSE)
    await site.tell(exposed(ready))
    await site.done(UPLOADER)
    about = about_file(**ready.model_dump()) | {"exposure": 1, "why": "nobody came"}
    await site.tell(FileStale.model_validate(about))
    assert await site.walk_twice() == [1]
    await site.done(EXPOSE)
    assert await site.walk_twice() == [1, 2]


async def test_news_count_from_when_they_were_told(site: Site) -> None:
    ready = await site.release()
    await site.done(EXPOSE)
    await site.tell(exposed(ready, at=site.desk.clock.now() + timedelta(seconds=SILENCE_S)))
    await site.done(UPLOADER)
    assert await site.walk_twice() == [1]


@pytest.mark.parametrize("end", ["delivered", "failed"])
async def test_an_ending_that_was_not_brought_is_taken_over(site: Site, end: str) -> None:
    ready = await site.release()
    await site.done(EXPOSE)
    told = delivered(**about_file(**ready.model_dump())) if end == "delivered" else failed(ready)
    await site.tell(told)
    assert await site.walk_twice() == [1], "it is on its way to us"
    assert site.state(ready) == (1, RevisionState.READY)
    await site.done(WATCHER)
    assert await site.walk_twice() == [1]
    assert site.state(ready) == (1, RevisionState(end))


async def test_what_a_lost_stream_knew_of_is_released_anew_unless_its_address_is_open(site: Site) -> None:
    ready = await site.release()
    await site.desk.bus.jetstream.purge_stream(STREAM)
    site.released = []
    site.open.add((ready.file_id, 1, 2))
    assert await site.walk_twice() == []
    site.open.clear()
    assert await site.walk_twice() == [2]


async def test_a_restart_forgets_a_suspicion_and_nothing_else(site: Site) -> None:
    await site.release()
    await site.done(EXPOSE)
    site.desk.clock.passed_s += SILENCE_S + 1
    await site.sweep.walk()
    site.anew()
    assert await site.walk_twice() == [1, 2]


async def test_what_is_paused_is_released_anew_when_it_is_resumed(site: Site) -> None:
    await site.release()
    await site.done(EXPOSE)
    site.desk.pauses = Pauses(all=(Pause(route=None, by="ada", since=datetime(2026, 11, 21, tzinfo=UTC)),))
    assert await site.walk_twice() == [1]
    site.desk.pauses = Pauses()
    await site.sweep.walk()
    await site.desk.publish()
    assert [ready.attempt for ready in await ready_in(site.desk.bus)] == [1, 2]


async def test_a_newer_revision_of_its_path_stays_what_was_decided_last(site: Site) -> None:
    old = await site.release()
    await site.done(EXPOSE)
    site.desk.write(shot(1), b"a newer film")
    site.released = await site.desk.see()
    new = site.released[-1]
    assert await site.walk_twice() == [1, 1, 2]
    assert site.desk.parts.seen.is_current(new.path, new.file_id)
    assert site.state(old) == (2, RevisionState.READY)
    assert site.state(new) == (1, RevisionState.READY)
