"""Films of a real writer, finished, half and killed over: what is sent of them, and what is said of the rest."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.desk import DeliverQuestion, WhyAnswer, WhyQuestion
from postflow.messages import FileWaiting
from tests import films
from tests.integration.watcher_rig import (
    QUIET_S,
    Desk,
    paths,
    process,
    ready_in,
    rejected_in,
    shot,
    stream,
    until_ready,
)
from tests.nats_fixtures import NatsServer
from watcher.apart import helper as helpers
from watcher.contents.finding import Finding
from watcher.contents.helper import Helper
from watcher.stability import Look

HOUR_S = 3600.0

FAILS = """
import os, sys
from watcher.apart import child

really_read = os.pread

def read(descriptor, length, offset):
    if not os.path.exists(sys.argv[1] + "/EXPORTS/mended"):
        raise OSError(5, "")
    return really_read(descriptor, length, offset)

os.pread = read
child.serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("film")
    return films.write("prores.mov", folder / "prores.mov").read_bytes()


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.start()
    return desk


async def why(desk: Desk, number: int = 3) -> WhyAnswer:
    return await desk.parts.desk.why(WhyQuestion(path=f"EXPORTS/{shot(number)}"))


async def test_half_a_film_waits_and_says_why_and_is_sent_once_when_it_is_whole(desk: Desk, film: bytes) -> None:
    file = desk.write(shot(3), film[: len(film) // 2])
    assert await desk.see() == []
    answer = await why(desk)
    assert answer.state == "waiting"
    assert answer.why.startswith("it is still being written, or was left unfinished: its index (moov) is missing")
    assert "postflow deliver" in answer.what_to_do
    assert f"1 not finished or not readable: EXPORTS/{shot(3)}" in desk.parts.report.progress().detail
    await desk.pass_time(HOUR_S)
    file.write_bytes(film)
    (ready,) = await desk.see()
    assert ready.size_bytes == len(film)
    await desk.pass_time(HOUR_S)
    assert len(await desk.see()) == 1


async def test_a_film_that_stays_half_is_never_sent(desk: Desk, film: bytes) -> None:
    desk.write(shot(3), film[:-1])
    desk.write(shot(4), film)
    for _ in range(48):
        await desk.pass_time(HOUR_S)
        await desk.walk()
    assert paths(await desk.see()) == [shot(4)]
    assert "(moov) is cut off: 1 byte is missing" in (await why(desk)).why


async def test_a_film_whose_head_is_filled_in_without_a_trace_is_seen_all_the_same(desk: Desk, film: bytes) -> None:
    mdat = film.index(b"mdat") - 4
    file = desk.write(shot(3), film[:mdat] + bytes(4) + film[mdat + 4 :])
    assert await desk.see() == []
    before = file.stat()
    file.write_bytes(film)
    os.utime(file, ns=(before.st_mtime_ns, before.st_mtime_ns))
    await desk.pass_time(700)
    (ready,) = await desk.see()
    assert ready.mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("prores.mov", "UNDLM_00003_v001.mov"),
        ("fast-start.mp4", "UNDLM_00003_v001.mp4"),
        ("fragmented.mp4", "UNDLM_00003_v001.mp4"),
        ("op1a.mxf", "UNDLM_00003_v001.mxf"),
        ("sound.wav", "UNDLM_00003_v001.wav"),
    ],
)
async def test_a_film_whose_writer_was_killed_waits_and_one_that_was_finished_is_sent(
    tmp_path: Path, bus: Bus, kind: str, name: str
) -> None:
    desk = Desk(tmp_path, bus)
    desk.rules = desk.rules.replace('"**/*.mp4"]', '"**/*.mp4", "**/*.mxf", "**/*.wav"]')
    await desk.start()
    file = desk.exports / name
    kill_over(kind, file)
    assert file.stat().st_size > 100_000
    assert await desk.see() == []
    films.write(kind, file)
    assert paths(await desk.see()) == [name]
    desk.stop()


def kill_over(kind: str, file: Path, frames: int = 160) -> None:
    """Have a film written, and its writer killed when so many frames are."""
    command = [sys.executable, "-m", "tests.films", kind, str(file), str(frames)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert [int(writer.stdout.readline()) for _ in range(frames)][-1] == frames
        writer.send_signal(signal.SIGKILL)


async def test_nothing_is_read_of_a_file_before_it_is_quiet_and_once_if_it_is_whole(
    desk: Desk, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    really_ask = Helper.look_into

    def ask(helper: Helper, path: str, look: Look) -> Finding:
        asked.append(path)
        return really_ask(helper, path, look)

    monkeypatch.setattr(Helper, "look_into", ask)
    file = desk.write(shot(3), film)
    os.utime(file, ns=(10**18, file.stat().st_mtime_ns))
    await desk.walk()
    await desk.pass_time(QUIET_S - 0.001)
    assert (asked, file.stat().st_atime_ns) == ([], 10**18)
    await desk.pass_time(HOUR_S)
    await desk.see()
    assert asked == [f"EXPORTS/{shot(3)}"]
    assert len(await ready_in(desk.bus)) == 1


async def test_a_file_that_no_rule_wants_so_is_rejected_without_being_read(desk: Desk, film: bytes) -> None:
    desk.write("nonsense.mov", film[:1000])
    await desk.see()
    assert paths(await rejected_in(desk.bus)) == ["nonsense.mov"]


async def test_half_a_film_is_sent_when_a_person_says_so(desk: Desk, film: bytes) -> None:
    desk.write(shot(3), film[:1000])
    await desk.see()
    answer = await desk.parts.desk.deliver(DeliverQuestion(path=f"EXPORTS/{shot(3)}"))
    assert answer.done
    await desk.pass_time(HOUR_S)
    assert len(await ready_in(desk.bus)) == 1


async def test_a_file_that_cannot_be_read_waits_and_is_sent_when_it_can(
    tmp_path: Path, bus: Bus, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers, "command", lambda root: (sys.executable, "-c", FAILS, root))
    desk = Desk(tmp_path, bus)
    await desk.start()
    desk.write(shot(3), film)
    assert await desk.see() == []
    assert (await why(desk)).why == "it cannot be read yet: Input/output error"
    await desk.pass_time(10 * HOUR_S)
    (desk.exports / "mended").touch()
    await desk.pass_time(700)
    assert paths(await ready_in(bus)) == [shot(3)]
    desk.stop()


async def test_people_hear_once_of_a_film_that_stays_half_for_an_hour_and_again_of_another_half(
    desk: Desk, film: bytes
) -> None:
    async def heard() -> list[tuple[str, str]]:
        await desk.parts.reminding.look()
        await desk.publish()
        waiting = [message for message in await stream(desk.bus) if isinstance(message, FileWaiting)]
        return [(message.path, message.waiting_for.partition(",")[0]) for message in waiting]

    said = (f"EXPORTS/{shot(3)}", "whoever writes it to finish: its index (moov) is missing")
    file = desk.write(shot(3), film[:5000])
    desk.write(shot(4), film)
    await desk.see()
    assert await heard() == []
    await desk.pass_time(HOUR_S)
    assert await heard() == [said]
    await desk.start()
    await desk.see()
    await desk.pass_time(2 * HOUR_S)
    assert await heard() == [said]
    file.write_bytes(film[:6000])
    await desk.see()
    await desk.pass_time(2 * HOUR_S)
    assert await heard() == [said, said]
    file.write_bytes(film)
    assert paths(await desk.see()) == [shot(4), shot(3)]
    assert await heard() == [said, said]


async def test_as_a_process_it_waits_for_the_rest_of_a_film(
    tmp_path: Path, nats: NatsServer, bus: Bus, film: bytes
) -> None:
    async with process(tmp_path, nats.url) as watcher:
        await watcher.start()
        half, whole = watcher.exports / shot(3), watcher.exports / shot(4)
        half.write_bytes(film[:5000])
        whole.write_bytes(film)
        assert paths(await until_ready(bus, 1)) == [shot(4)]
        half.write_bytes(film)
        assert paths(await until_ready(bus, 2)) == [shot(4), shot(3)]
        assert (await watcher.report())["reading"]["detail"] == "what is in files can be read"
        assert watcher.stop() == 0
