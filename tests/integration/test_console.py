"""The console with a real nats-server, and with the real watcher's answers."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from console import acting, broker, looking, resuming, stream
from console.lines import SERVICES, State
from console.switches import pauses
from onehost import nats_server
from postflow import provision
from postflow.bus import Bus
from postflow.checks import CheckAnswer, ChecksAnswer, ChecksQuestion, ask_checks
from postflow.errors import BusUnavailable
from postflow.messages import FileMessage, Parked, Refusal
from postflow.mounts import mount_of
from postflow.pauses import BUCKET, Pauses
from postflow.pausing import Pausing
from postflow.questions import (
    ASK_LOGIN_BEGIN,
    ASK_LOGIN_FINISH,
    LoginBeginAnswer,
    LoginBeginQuestion,
    LoginFinishAnswer,
    LoginFinishQuestion,
)
from postflow.topology import STREAM
from tests.examples import AT, PATH, delivered, exposed, ready
from tests.integration.watcher_rig import Desk, shot
from tests.nats_fixtures import NatsServer, connected, free_port, wait_for_port


@pytest.fixture
async def desk(tmp_path: Path, bus: Bus) -> AsyncIterator[Desk]:
    made = Desk(tmp_path, bus)
    await made.start()
    await made.parts.desk.answer_on(bus)
    yield made
    made.stop()


async def publish(bus: Bus, *messages: FileMessage) -> None:
    await asyncio.gather(*(bus.publish(message) for message in messages))


@asynccontextmanager
async def answering(bus: Bus, *services: str, instance: str = "host-1", **check: object) -> AsyncIterator[None]:
    for service in services:
        told = CheckAnswer.model_validate({"name": "nats", "ok": True, "detail": "connected"} | check)
        said = ChecksAnswer(service=service, instance=instance, checks=(told,))

        async def answer(_: ChecksQuestion, said: ChecksAnswer = said) -> ChecksAnswer:
            return said

        await bus.answer_each(ask_checks(service), ChecksQuestion, answer)
    yield


async def test_the_stream_is_read_in_batches_from_beginning_to_end(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH", 7)
    await publish(bus, *(ready(path=f"a/{number}.mov") for number in range(50)))
    seen = [one async for one in stream.read(bus, ["postflow.file.>"], headers_only=True)]
    assert [one.sequence for one in seen] == list(range(1, 51))
    assert {one.payload for one in seen} == {b""}
    assert all(one.dedupe_id.endswith(".ready.1.0") for one in seen)
    readers = await bus.jetstream.consumers_info(STREAM)
    assert len([each for each in readers if not each.config.durable_name]) == 0


async def test_an_empty_stream_is_read_too(bus: Bus) -> None:
    assert [one async for one in stream.read(bus, ["postflow.file.>"])] == []
    assert (await looking.status(bus)).files == ()


async def test_status_names_the_oldest_of_each_state(bus: Bus) -> None:
    await bus.publish(ready(path="a/1.mov"))
    await bus.publish(ready(path="a/2.mov"))
    await bus.publish(ready())
    await bus.publish(exposed())
    await bus.publish(delivered())
    status = await looking.status(bus)
    assert [(one.state, one.count, one.oldest) for one in status.files] == [
        ("ready", 2, "a/1.mov"),
        ("delivered", 1, PATH),
    ]
    assert status.waiting is None


async def test_why_tells_the_story_with_times_and_what_the_watcher_says(desk: Desk, bus: Bus) -> None:
    file = desk.write(shot(1))
    (released,) = await desk.see()
    await bus.publish(
        exposed(**{name: getattr(released, name) for name in type(released).model_fields} | {"exposure": 1})
    )
    for asked in (str(file), released.path, released.file_id):
        story = await looking.why(bus, asked)
        assert [chapter.state for chapter in story.chapters] == ["waiting", "ready", "exposed"]
        assert story.watcher is not None
        assert story.watcher.state == "ready"
        assert "/x/" not in story.model_dump_json()


async def test_why_includes_that_a_message_of_the_file_was_put_aside(bus: Bus) -> None:
    message = ready()
    await bus.publish(message)
    about = {"code": "DEFECT", "why": "it broke", "what_to_do": "Report it.", "at": AT + timedelta(seconds=5)}
    await bus.publish(
        Parked.model_validate(
            about | {"durable": "fileserver-expose-small", "sequence": 1, "original_subject": message.subject}
        )
    )
    story = await looking.why(bus, message.file_id)
    assert [chapter.state for chapter in story.chapters] == ["waiting", "ready", "parked"]


@pytest.mark.parametrize("asked", [PATH, f"/mnt/filespace/{PATH}", PATH.rpartition("/")[2]])
async def test_why_finds_a_path_in_the_stream_when_the_watcher_is_away(bus: Bus, asked: str) -> None:
    await publish(bus, ready(path="other.mov"))
    await bus.publish(ready())
    story = await looking.why(bus, asked)
    if "/" in asked:
        assert [chapter.state for chapter in story.chapters] == ["waiting", "ready"]
    assert (story.watcher, story.is_found) == (None, "/" in asked)


async def test_a_file_without_a_story_has_the_watchers_reason(desk: Desk, bus: Bus) -> None:
    desk.write("notes.txt")
    story = await looking.why(bus, "EXPORTS/notes.txt")
    assert story.chapters == ()
    assert story.watcher is not None
    assert story.watcher.state == "ignored"
    assert not (await looking.why(bus, "EXPORTS/nowhere.mov")).is_found


async def test_deliver_retry_and_rehearse_reach_the_watcher(desk: Desk, bus: Bus) -> None:
    desk.write(shot(1))
    assert (await acting.deliver(bus, f"EXPORTS/{shot(1)}", again=False)).attempt == 1
    assert await acting.retry(bus, None) == []
    pages = [page async for page in acting.rehearse(bus, None, "")]
    assert [file.outcome for page in pages for file in page.files] == ["delivered"]


async def test_without_the_watcher_a_command_says_so(bus: Bus) -> None:
    with pytest.raises(BusUnavailable, match="no answer"):
        await acting.deliver(bus, "x", again=False)


async def test_a_pause_reaches_who_looks_and_ends_with_resume(desk: Desk, bus: Bus) -> None:
    changes = []
    pausing = await Pausing.begun(bus)
    pausing.when_changed(lambda: changes.append(pausing.pauses))
    await acting.pause(bus, "undlm/shots")
    await acting.pause(bus, None)
    await pausing.look()
    await pausing.look()
    assert [each.route for each in pausing.pauses.all] == ["undlm/shots", None]
    left, ended = await acting.resume(bus, None)
    assert (left, [pause.route for pause in ended]) == (Pauses(), ["undlm/shots", None])
    assert await acting.resume(bus, None) == (Pauses(), [])
    await pausing.look()
    assert changes == [changes[0], Pauses()]
    assert await pauses(bus) == Pauses()


async def test_a_route_that_no_show_has_cannot_be_paused(desk: Desk, bus: Bus) -> None:
    with pytest.raises(acting.UnknownRoute, match="undlm/shots"):
        await acting.pause(bus, "shot")


async def test_a_route_is_paused_though_no_watcher_can_say_whether_it_exists(bus: Bus) -> None:
    held, remark = await acting.pause(bus, "shots")
    assert [each.route for each in held.all] == ["shots"]
    assert "nobody has checked" in remark


async def test_a_route_that_is_not_paused_cannot_be_resumed(bus: Bus) -> None:
    await acting.pause(bus, None)
    with pytest.raises(acting.UnknownRoute, match="shots is not paused; what is: everything"):
        await acting.resume(bus, "shots")


async def test_two_operators_at_once_both_have_their_pause(desk: Desk, bus: Bus) -> None:
    await asyncio.gather(acting.pause(bus, "shots"), acting.pause(bus, "undlm/shots"), acting.pause(bus, None))
    assert {each.route for each in (await pauses(bus)).all} == {"shots", "undlm/shots", None}


async def test_doctor_finds_nothing_red_when_all_is_well(bus: Bus) -> None:
    async with answering(bus, *SERVICES):
        doctor = await looking.doctor(bus, max_file_store_bytes=None)
    assert [line for line in doctor.checks if line.state is State.RED] == []
    assert doctor.is_well


async def test_doctor_hears_every_replica_and_misses_who_is_silent(bus: Bus) -> None:
    async with (
        answering(bus, "watcher", "uploader", ok=False, what_to_do="Mend it."),
        answering(bus, "uploader", instance="host-2", ok=False, what_to_do="Mend this one."),
    ):
        doctor = await looking.doctor(bus, max_file_store_bytes=None)
    red = [(line.service, line.detail, line.what_to_do) for line in doctor.checks if line.state is State.RED]
    assert [service for service, *_ in red] == [
        "watcher",
        "fileserver",
        "uploader host-1",
        "uploader host-2",
        "notifier",
    ]
    assert all(what_to_do for *_, what_to_do in red)


@pytest.fixture
def without_jetstream() -> Iterator[str]:
    port = free_port()
    command = [str(nats_server.find()), "--addr", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        wait_for_port(port)
        yield f"nats://127.0.0.1:{port}"
        server.kill()


async def test_doctor_says_that_nats_runs_without_jetstream(without_jetstream: str) -> None:
    async with connected(without_jetstream) as bus, answering(bus, *SERVICES):
        doctor = await looking.doctor(bus, max_file_store_bytes=None)
    (red,) = [line for line in doctor.checks if line.state is State.RED]
    assert (red.service, red.check) == ("nats", "jetstream")
    assert red.what_to_do.startswith("Start nats-server with `jetstream`")


async def test_doctor_says_that_provision_has_not_run(nats: NatsServer) -> None:
    async with connected(nats.url) as bus:
        facts = await broker.facts(bus, max_file_store_bytes=None)
        assert facts.jetstream is not None
        assert facts.stream is None
        with pytest.raises(stream.NoStream):
            await looking.status(bus)


async def test_doctor_names_a_bucket_and_a_durable_that_are_gone(bus: Bus) -> None:
    await bus.jetstream.delete_key_value(BUCKET)
    await bus.jetstream.delete_consumer(STREAM, "uploader")
    doctor = await looking.doctor(bus, max_file_store_bytes=None)
    red = {line.check: line.detail for line in doctor.checks if line.service == "nats" and line.state is State.RED}
    assert red == {"durables": "not there: uploader", "buckets": "not there: switches"}
    await provision.provision(bus)
    assert BUCKET in (await broker.facts(bus, max_file_store_bytes=None)).buckets


@pytest.mark.parametrize("is_refused", [False, True], ids=["taken", "refused"])
async def test_login_hands_on_what_was_pasted_and_says_who_we_are(nats: NatsServer, bus: Bus, is_refused: bool) -> None:
    pasted: list[str] = []
    refusal = Refusal(code="LOGIN_EXPIRED", why="it took too long", what_to_do="Begin anew.")

    async def begin(_: LoginBeginQuestion) -> LoginBeginAnswer:
        return LoginBeginAnswer(authorize_url="https://ims.example/authorize?x=1", redirect_uri="https://here.example/")

    async def finish(question: LoginFinishQuestion) -> LoginFinishAnswer:
        pasted.append(question.redirect)
        return LoginFinishAnswer(refusal=refusal) if is_refused else LoginFinishAnswer(user="Ada", projects=("UNDLM",))

    await bus.answer("uploader", ASK_LOGIN_BEGIN, LoginBeginQuestion, begin)
    await bus.answer("uploader", ASK_LOGIN_FINISH, LoginFinishQuestion, finish)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "console", "login"),
        env={"PATH": os.environ["PATH"], "NATS_URL": nats.url},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate(b" https://here.example/?code=abc&state=d \n")
    assert pasted == ["https://here.example/?code=abc&state=d"]
    assert "\nhttps://ims.example/authorize?x=1\n" in out.decode()
    if is_refused:
        assert (child.returncode, err.decode()) == (1, "LOGIN_EXPIRED: it took too long\n→ Begin anew.\n")
    else:
        assert (child.returncode, "Signed in as Ada" in out.decode()) == (0, True)


async def test_a_volume_that_is_another_one_is_right_when_a_person_says_so(desk: Desk, bus: Bus) -> None:
    answer = await resuming.believed(bus)
    mount = mount_of(desk.exports)
    assert mount is not None
    assert answer.volume is not None
    assert answer.volume.startswith(mount.kind)
    (desk.exports.parent / "MASTERS").rmdir()
    desk.exports.rmdir()
    with pytest.raises(resuming.NotDone, match="is empty"):
        await resuming.believed(bus)
