"""What readers put aside, seen and settled from the operator's desk, with a real nats-server."""

import asyncio
import os
import sys

import pytest

from console import looking, parking
from console.aside import Became
from console.switches import pauses
from postflow.bus import Bus
from postflow.errors import PermanentError
from postflow.messages import FileReady, Message, Parked
from postflow.topology import STREAM
from tests.examples import AT, PATH, delivered, exposed, failed, ready
from tests.integration.test_bus import Reading
from tests.nats_fixtures import NatsServer

DEFECT = PermanentError("it broke", code="DEFECT", what_to_do="Report it.")
UNREADABLE = f"postflow.file.ready.small.{ready().file_id}"


async def until_parked(bus: Bus, count: int) -> None:
    async with asyncio.timeout(20):
        while True:
            info = await bus.jetstream.stream_info(STREAM, subjects_filter="postflow.parked.>")
            if sum((info.state.subjects or {}).values()) >= count:
                return
            await asyncio.sleep(0.02)


async def put_aside(bus: Bus, durable: str, *, number: int = 1) -> None:
    """What is there for this reader."""
    async with Reading(bus, durable, lambda _: DEFECT):
        await until_parked(bus, number)


async def note(bus: Bus, sequence: int, message: Message, **changed: object) -> None:
    told = {"code": "DEFECT", "why": "it broke", "what_to_do": "Report it.", "at": AT}
    about = {"durable": "uploader", "sequence": sequence, "original_subject": message.subject}
    await bus.publish(Parked.model_validate(about | told | changed))


async def numbers(bus: Bus) -> list[tuple[int, str]]:
    return [(one.message, one.reader) for one in (await parking.listed(bus)).messages]


async def again(bus: Bus) -> int:
    info = await bus.jetstream.stream_info(STREAM, subjects_filter="postflow.again.>")
    return sum((info.state.subjects or {}).values())


async def test_a_reader_that_was_mended_handles_what_it_had_put_aside(bus: Bus) -> None:
    await bus.publish(delivered())
    await put_aside(bus, "watcher")
    (told,) = (await parking.listed(bus)).messages
    assert (told.message, told.reader, told.about, told.code) == (1, "watcher", PATH, "DEFECT")
    assert told.what_to_do == "Report it. After that: `postflow parked 1 --retry`."
    async with Reading(bus, "watcher", lambda _: None) as mended:
        (retried,) = (await parking.retry(bus, 1)).messages
        (shown,) = await mended.until(1)
    assert retried.done
    assert (shown.message, shown.defects) == (delivered(), 0)
    assert shown.sequence > 1
    assert await numbers(bus) == []


async def test_a_message_of_another_release_reaches_its_reader_after_the_upgrade(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file has not failed, as nobody could read which it was; so the same attempt goes on."""
    with monkeypatch.context() as before:
        before.setattr("postflow.reading.decode", _reads_nothing)
        await bus.publish(ready())
        async with Reading(bus, "fileserver-expose-small", lambda _: None) as old:
            await until_parked(bus, 1)
    assert old.seen == []
    async with Reading(bus, "fileserver-expose-small", lambda _: None) as upgraded:
        assert [one.done for one in (await parking.retry(bus, None)).messages] == [True]
        (shown,) = await upgraded.until(1)
    assert shown.message == ready()


def _reads_nothing(*_: object) -> Message:
    raise PermanentError("FileReady: news", code="MALFORMED_MESSAGE", what_to_do="Update every service.")


async def test_what_still_cannot_be_handled_is_put_aside_again_and_shows_again(bus: Bus) -> None:
    await bus.jetstream.publish(UNREADABLE, b"{not json")
    async with Reading(bus, "fileserver-expose-small", lambda _: None):
        await until_parked(bus, 1)
        assert (await parking.retry(bus, 1)).messages[0].done
        await until_parked(bus, 2)
    assert await numbers(bus) == [(1, "fileserver-expose-small")]
    assert await parking.count(bus) == 1


async def test_retried_twice_is_shown_once(bus: Bus) -> None:
    await bus.publish(delivered())
    await put_aside(bus, "watcher")
    both = await asyncio.gather(parking.retry(bus, 1), parking.retry(bus, 1))
    assert [one.messages[0].done for one in both] == [True, True]
    (late,) = (await parking.retry(bus, 1)).messages
    assert (late.done, late.said) == (True, parking.SAID[Became.RETRIED])
    assert await again(bus) == 1


async def test_each_reader_has_its_own_copy_of_what_several_put_aside(bus: Bus) -> None:
    await bus.publish(delivered())
    await put_aside(bus, "watcher")
    await put_aside(bus, "fileserver-revoke", number=2)
    assert await numbers(bus) == [(1, "watcher"), (1, "fileserver-revoke")]
    assert [one.reader for one in (await parking.retry(bus, 1)).messages] == ["watcher", "fileserver-revoke"]
    async with Reading(bus, "fileserver-revoke", lambda _: None) as revoke:
        await revoke.until(1)
        async with Reading(bus, "watcher", lambda _: None) as watcher:
            await watcher.until(1)
    assert len(revoke.seen) == 1


async def test_a_file_that_failed_with_it_is_not_shown_again_but_asks_for_a_new_attempt(bus: Bus) -> None:
    await bus.publish(ready())
    await put_aside(bus, "fileserver-expose-small")
    async with asyncio.timeout(20):
        while (await parking.listed(bus)).messages[0].became is not Became.FAILED:
            await asyncio.sleep(0.02)
    (refused,) = (await parking.retry(bus, 1)).messages
    assert not refused.done
    assert refused.what_to_do == f"`postflow retry {ready().file_id}` starts a new attempt."
    assert await again(bus) == 0
    await bus.publish(ready(attempt=2))
    assert await numbers(bus) == []
    assert not (await parking.retry(bus, 1)).messages[0].done


async def test_what_is_let_go_of_is_counted_no_more_and_pauses_stay(bus: Bus) -> None:
    await bus.publish(delivered())
    await bus.publish(failed())
    await put_aside(bus, "watcher", number=2)
    assert (await looking.status(bus)).put_aside == 2
    assert [one.said for one in (await parking.let_go(bus, 1)).messages] == [parking.SAID[Became.ASIDE]]
    assert [one.said for one in (await parking.let_go(bus, 1)).messages] == [parking.SAID[Became.LET_GO]]
    assert await numbers(bus) == [(2, "watcher")]
    assert (await parking.looked(bus, 1)).put_aside[0].became is Became.LET_GO
    await parking.let_go(bus, None)
    assert (await looking.status(bus)).put_aside == 0
    assert (await pauses(bus)).all == ()


async def test_what_was_let_go_of_can_be_retried_after_all(bus: Bus) -> None:
    await bus.publish(delivered())
    await put_aside(bus, "watcher")
    await parking.let_go(bus, 1)
    assert (await parking.retry(bus, 1)).messages[0].done
    assert await again(bus) == 1


async def test_doctor_counts_only_what_nobody_has_seen_to(bus: Bus) -> None:
    async def line() -> tuple[str, str]:
        (told,) = [
            one for one in (await looking.doctor(bus, max_file_store_bytes=None)).checks if one.check == "parked"
        ]
        return told.state, told.detail.partition(":")[0]

    await bus.publish(delivered())
    await put_aside(bus, "watcher")
    assert await line() == ("look", "1 put aside")
    await parking.retry(bus, 1)
    assert await line() == ("ok", "no message is put aside")


async def test_the_message_is_shown_as_it_stands_without_the_address_that_opens_it(bus: Bus) -> None:
    await bus.publish(exposed(internal_url="http://fileserver:8080/x/abc/1/k/sig"))
    await note(bus, 1, exposed())
    looked = await parking.looked(bus, 1)
    assert looked.subject == exposed().subject
    assert looked.headers["Nats-Msg-Id"] == exposed().dedupe_id
    assert PATH in looked.body
    assert "sig" not in looked.model_dump_json().replace("[signed]", "")


async def test_a_message_that_is_gone_from_the_stream_says_so(bus: Bus) -> None:
    await bus.publish(delivered())
    await put_aside(bus, "watcher")
    await bus.jetstream.delete_msg(STREAM, 1)
    looked = await parking.looked(bus, 1)
    assert (looked.subject, looked.put_aside[0].about) == (None, delivered().subject)
    (refused,) = (await parking.retry(bus, 1)).messages
    assert (refused.done, refused.said) == (False, "the stream does not hold it any more")
    assert "--let-go" in refused.what_to_do


async def test_a_message_whose_reader_is_no_more_says_so(bus: Bus) -> None:
    await bus.publish(delivered())
    await note(bus, 1, delivered(), durable="gone-by-now")
    (refused,) = (await parking.retry(bus, 1)).messages
    assert (refused.done, refused.said) == (False, "there is no such reader any more, so nobody can be shown it")
    assert await again(bus) == 0


async def test_many_are_read_in_several_goes(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "AT_ONCE", 3)
    files = [ready(path=f"a/{number}.mov") for number in range(4)]
    for file in files:
        await bus.publish(file)
    for number, file in enumerate(files, start=1):
        await note(bus, number, file, durable="fileserver-expose-small")
    await bus.publish(FileReady.model_validate(files[2].model_dump() | {"attempt": 2}))
    assert [number for number, _ in await numbers(bus)] == [1, 2, 4]


async def desk(nats: NatsServer, *arguments: str) -> tuple[int | None, str, str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "console", *arguments),
        env={"PATH": os.environ["PATH"], "NATS_URL": nats.url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    return child.returncode, out.decode(), err.decode()


async def test_the_command_lists_shows_retries_and_lets_go(nats: NatsServer, bus: Bus) -> None:
    await bus.jetstream.publish(UNREADABLE, b"{not json \x1b[2J")
    async with Reading(bus, "fileserver-expose-small", lambda _: None):
        await until_parked(bus, 1)
    code, out, _ = await desk(nats, "parked")
    assert (code, "MALFORMED_MESSAGE" in out, UNREADABLE in out) == (0, True, True)
    code, out, _ = await desk(nats, "parked", "1")
    assert (code, "\n{not json \\x1b[2J\n" in out) == (0, True)
    code, out, _ = await desk(nats, "parked", "1", "--retry", "--json")
    assert (code, '"done": true' in out) == (0, True)
    assert (await desk(nats, "parked"))[1] == "No message is put aside.\n"
    code, out, _ = await desk(nats, "parked", "--all", "--let-go")
    assert (code, out) == (0, "No message is put aside.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["7"], 1, "no reader ever put message 7 aside; `postflow parked` lists what is\n"),
        (["7", "--retry"], 1, "no reader ever put message 7 aside; `postflow parked` lists what is\n"),
        (["--retry"], 2, "--retry and --let-go take the number of a message, or --all; one of them at a time.\n"),
        (["--all"], 2, "--retry and --let-go take the number of a message, or --all; one of them at a time.\n"),
    ],
)
async def test_what_makes_no_sense_is_one_clear_line(
    nats: NatsServer, bus: Bus, arguments: list[str], code: int, said: str
) -> None:
    assert await desk(nats, "parked", *arguments) == (code, "", said)
