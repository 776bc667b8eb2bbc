"""Names, folders, dates and moments that are odd: none stops the watch, and each is told by `why`."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.desk import ASK_WHY, InFolder, WhyAnswer, WhyQuestion
from postflow.errors import BusUnavailable
from postflow.messages import FileReady
from tests import unprivileged
from tests.integration.watcher_rig import QUIET_S, Desk, paths, process, rejected_in, shot, until_ready
from tests.nats_fixtures import NatsServer
from watcher.database import LedgerUnavailable

TEN_YEARS_S = 10 * 365 * 86400


async def answer(desk: Desk, path: str) -> WhyAnswer:
    return await desk.parts.desk.why(WhyQuestion(path=f"EXPORTS/{path}".rstrip("/")))


async def row(desk: Desk, name: str) -> InFolder:
    """What is said of something, by its folder."""
    inside = (await answer(desk, "")).inside
    (found,) = [one for one in inside if one.path == f"EXPORTS/{name}"]
    return found


async def test_a_name_that_is_not_utf_8(desk: Desk) -> None:
    await desk.start()
    (desk.exports / os.fsdecode(b"UNDLM_00001_v001\xef.mov")).write_bytes(b"film")
    closed = desk.exports / os.fsdecode(b"\xff\xfe")
    closed.mkdir()
    (closed / shot(1)).write_bytes(b"film")
    desk.write(shot(2))
    assert paths(await desk.see()) == [shot(2)]
    assert (await row(desk, "UNDLM_00001_v001\\udcef.mov")).why == "its name is not UTF-8: rename it"
    assert (await row(desk, "\\udcff\\udcfe/")).why == "its name is not UTF-8: rename it"


async def test_a_name_with_a_newline(desk: Desk) -> None:
    await desk.start()
    odd = ["UNDLM_00001_v001\n.mov", f"SQ\n01/{shot(2)}"]
    for name in (*odd, shot(3)):
        desk.write(name)
    assert paths(await desk.see()) == [shot(3)]
    assert sorted(paths(await rejected_in(desk.bus))) == sorted(odd)
    for name in odd:
        told = await answer(desk, name)
        assert (told.state, "control character (\\n)" in told.why) == ("rejected", True)


async def test_a_link_to_a_file(desk: Desk) -> None:
    await desk.start()
    (desk.exports / shot(1)).symlink_to(desk.write(shot(2)))
    (desk.exports / shot(3)).symlink_to("nowhere")
    assert paths(await desk.see()) == [shot(2)]
    for number in (1, 3):
        told = await answer(desk, shot(number))
        assert (told.state, told.why) == ("ignored", "it is a symbolic link, and none is followed")


async def test_links_that_lead_round_in_a_circle(desk: Desk) -> None:
    await desk.start()
    desk.write(f"SQ01/{shot(1)}")
    (desk.exports / "SQ01" / "up").symlink_to("..")
    (desk.exports / "here").symlink_to(".")
    (desk.exports / shot(2)).symlink_to(shot(2))
    assert paths(await desk.see()) == [f"SQ01/{shot(1)}"]
    for name in ("SQ01/up", "here", shot(2)):
        told = await answer(desk, name)
        assert (told.state, told.why) == ("ignored", "it is a symbolic link, and none is followed")
    assert "leads through EXPORTS/here, which is a link" in (await answer(desk, f"here/SQ01/{shot(1)}")).why


async def test_a_folder_that_may_not_be_listed(tmp_path: Path, nats: NatsServer, bus: Bus) -> None:
    async with process(tmp_path, nats.url) as watcher:
        watcher.arguments = unprivileged.python("-m", "watcher")[1:]
        closed = watcher.exports / "SQ01"
        closed.mkdir()
        await watcher.start()
        closed.chmod(0)
        (closed / shot(1)).write_bytes(b"film")
        (watcher.exports / shot(2)).write_bytes(b"film")
        assert paths(await until_ready(bus, 1)) == [shot(2)]
        for path in ("EXPORTS/SQ01", f"EXPORTS/SQ01/{shot(1)}"):
            told = await bus.ask(ASK_WHY, WhyQuestion(path=path), WhyAnswer)
            said = " ".join([told.why, *(one.why for one in told.inside)])
            assert "the volume gives no answer: Permission denied" in said
        closed.chmod(0o755)
        assert paths(await until_ready(bus, 2))[1:] == [f"SQ01/{shot(1)}"]


async def test_a_folder_of_very_many_files(desk: Desk) -> None:
    many = desk.exports / "MANY"
    many.mkdir()
    for number in range(20_000):
        (many / f"{number}.mov").write_bytes(b"film")
    await desk.start()
    desk.write(f"MANY/{shot(1)}")
    desk.write(f"SQ01/{shot(2)}")
    assert set(paths(await desk.see())) == {f"MANY/{shot(1)}", f"SQ01/{shot(2)}"}
    told = await answer(desk, "MANY")
    assert (len(told.inside), told.is_all) == (200, False)


async def test_a_clock_that_is_set_back(desk: Desk) -> None:
    desk.write(shot(1))
    await desk.start()
    desk.write(shot(2))
    await desk.walk()
    desk.clock.start -= timedelta(hours=3)
    desk.write(shot(3))
    assert paths(await desk.see()) == [shot(2), shot(3)]
    await desk.pass_time(QUIET_S * 10)
    await desk.start()
    assert len(await desk.see()) == 2
    assert (await answer(desk, shot(1))).why == "it was here before PostFlow"
    assert (await answer(desk, shot(3))).state == "ready"


async def test_a_date_in_the_future(desk: Desk) -> None:
    later = time.time() + TEN_YEARS_S
    os.utime(desk.write(shot(1)), (later, later))
    await desk.start()
    os.utime(desk.write(shot(2)), (later, later))
    os.utime(desk.write(shot(3)), (-TEN_YEARS_S * 3, -TEN_YEARS_S * 3))
    assert "it changed at" in (await answer(desk, shot(1))).why
    await desk.walk()
    assert "it changed at" in (await answer(desk, shot(2))).why
    assert set(paths(await desk.see())) == {shot(1), shot(2), shot(3)}
    await desk.pass_time(QUIET_S * 100)
    await desk.start()
    assert len(await desk.see()) == 3
    assert (await answer(desk, shot(2))).state == "ready"


async def test_a_file_that_vanishes_between_two_looks(desk: Desk) -> None:
    await desk.start()
    film = desk.write(shot(1))
    await desk.walk()
    await desk.pass_time(QUIET_S / 2)
    film.unlink()
    desk.write(shot(2))
    assert paths(await desk.see()) == [shot(2)]
    assert (await answer(desk, shot(1))).why == "there is no such file"
    desk.write(shot(1), b"back again")
    assert paths(await desk.see()) == [shot(2), shot(1)]


async def test_a_disk_that_is_full_under_the_ledger(desk: Desk) -> None:
    await desk.start()
    names = [f"{'x' * 200}{number}/{shot(number)}" for number in range(40)]
    for name in names[:20]:
        desk.write(name)
    await desk.walk()
    desk.fill_ledger()
    desk.nats_answers = False  # else what is published makes room
    with pytest.raises(BusUnavailable):
        await desk.pass_time(QUIET_S * 2)
    released = [one.path.removeprefix("EXPORTS/") for one in desk.unsent() if isinstance(one, FileReady)]
    waiting = [name for name in names[:20] if name not in released]
    assert waiting
    told = await answer(desk, waiting[0])
    assert (told.state, "nothing can be decided for now" in told.why) == ("waiting", True)
    assert "Give the disk of WATCHER_DATA room" in told.what_to_do
    for name in names[20:]:
        desk.write(name)
    with pytest.raises(LedgerUnavailable):
        await desk.walk()
    desk.empty_ledger()
    desk.nats_answers = True
    assert sorted(paths(await desk.see())) == sorted(names)
