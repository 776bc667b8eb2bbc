"""The watcher on real files, with a real nats-server and a clock that the test moves."""

import os
import shutil
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.destination import Lane
from postflow.messages import FileFailed, FileSuperseded
from tests.examples import about_file
from tests.integration.watcher_rig import QUIET_S, Desk, paths, ready_in, rejected_in, shot


async def test_a_finished_file_is_released_once(desk: Desk) -> None:
    await desk.start()
    file = desk.write(shot(3), b"film" * 10)
    (ready,) = await desk.see()
    assert (ready.path, ready.size_bytes, ready.mtime_ns) == (f"EXPORTS/{shot(3)}", 40, file.stat().st_mtime_ns)
    assert (ready.destination.project, ready.destination.folder, ready.lane) == (
        "Undlm",
        ("SHOTS", "00003"),
        Lane.SMALL,
    )
    await desk.parts.walking.over_everything()
    assert len(await desk.see()) == 1


async def test_nothing_is_remembered_of_folders_that_are_gone(desk: Desk) -> None:
    await desk.start()
    for number in range(10):
        desk.write(f"SQ{number}/notes.txt")
    await desk.walk()
    shutil.rmtree(desk.exports)
    desk.exports.mkdir()
    await desk.walk()
    await desk.parts.walking.over_everything()
    assert set(desk.parts.walking._marks) == {"EXPORTS", "MASTERS"}


async def test_it_is_released_when_its_quiet_time_is_over_and_not_before(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    await desk.walk()
    await desk.pass_time(QUIET_S - 0.001)
    assert await ready_in(desk.bus) == []
    await desk.pass_time(0.002)
    (ready,) = await ready_in(desk.bus)
    assert (ready.at - ready.changed_at).total_seconds() == pytest.approx(QUIET_S)


async def test_a_growing_file_is_not_sent_early(desk: Desk) -> None:
    await desk.start()
    file = desk.write(shot(3))
    await desk.walk()
    for _ in range(5):
        await desk.pass_time(QUIET_S - 1)
        with file.open("ab") as growing:
            growing.write(b"more")
    await desk.pass_time(QUIET_S - 1)
    assert await ready_in(desk.bus) == []
    (ready,) = await desk.see()
    assert ready.size_bytes == 24


async def test_a_file_that_pauses_for_longer_than_the_quiet_time_is_sent_again_when_it_went_on(desk: Desk) -> None:
    await desk.start()
    file = desk.write(shot(3))
    await desk.see()
    with file.open("ab") as growing:
        growing.write(b"more")
    assert [ready.size_bytes for ready in await desk.see()] == [4, 8]


async def test_a_file_renamed_into_place_is_sent_once_whatever_its_date(desk: Desk) -> None:
    await desk.start()
    file = desk.write(f"{shot(3)}.part")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert await desk.see() == []
    file.rename(desk.exports / shot(3))
    assert paths(await desk.see()) == [shot(3)]


async def test_a_file_moved_within_its_route_is_not_sent_again(desk: Desk) -> None:
    await desk.start()
    file = desk.write(shot(3))
    (ready,) = await desk.see()
    await desk.deliver(ready)
    (desk.exports / "SQ01").mkdir()
    moved = file.rename(desk.exports / "SQ01" / shot(3))
    assert len(await desk.see()) == 1
    moved.rename(file)
    assert len(await desk.see()) == 1


async def test_a_moved_folder_of_files_that_were_here_before_is_left_alone(desk: Desk) -> None:
    for number in range(20):
        desk.write(f"SQ01/{shot(number)}")
    await desk.start()
    (desk.exports / "SQ01").rename(desk.exports / "SQ02")
    assert await desk.see() == []


async def test_a_file_moved_while_it_is_underway_is_sent(desk: Desk) -> None:
    await desk.start()
    file = desk.write(shot(3))
    await desk.see()
    (desk.exports / "SQ01").mkdir()
    file.rename(desk.exports / "SQ01" / shot(3))
    assert paths(await desk.see()) == [shot(3), f"SQ01/{shot(3)}"]


async def test_an_overwritten_file_is_a_second_revision(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    (first,) = await desk.see()
    await desk.deliver(first)
    desk.write(shot(3), b"another film")
    assert [ready.attempt for ready in await desk.see()] == [1, 1]


@pytest.mark.parametrize("size_bytes", [4, 40])
async def test_the_walk_over_everything_sees_what_was_replaced_by_an_older_file(desk: Desk, size_bytes: int) -> None:
    file = desk.write(shot(3))
    await desk.start()
    await desk.pass_time(2000)
    assert f"EXPORTS/{shot(3)}" not in desk.parts.attention
    older = desk.write(f".{shot(3)}", b"x" * size_bytes)
    os.utime(older, (1_000_000_000, 1_000_000_000))
    older.replace(file)
    await desk.walk()
    await desk.pass_time(QUIET_S + 1)
    assert await ready_in(desk.bus) == []
    (ready,) = await desk.see()
    assert (ready.size_bytes, ready.mtime_ns) == (size_bytes, 10**18)


async def test_an_empty_file_is_sent_when_it_has_content(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3), b"")
    assert await desk.see() == []
    desk.write(shot(3))
    assert paths(await desk.see()) == [shot(3)]


async def test_a_file_that_is_deleted_and_written_anew_is_sent(desk: Desk) -> None:
    await desk.start()
    file = desk.write(shot(3))
    await desk.walk()
    await desk.pass_time(5)
    file.unlink()
    await desk.pass_time(5)
    desk.write(shot(3), b"another film")
    (ready,) = await desk.see()
    assert ready.size_bytes == 12


async def test_a_file_that_goes_away_for_good_leaves_nothing_behind(desk: Desk) -> None:
    await desk.start()
    file = desk.write(shot(3))
    await desk.walk()
    file.unlink()
    await desk.pass_time(2000)
    assert desk.parts.report.progress().detail.startswith("watching 2 folders, 0 known, none waiting")
    desk.write(shot(3))
    assert len(await desk.see()) == 1


async def test_a_rejected_name_is_told_once_for_each_revision(desk: Desk) -> None:
    await desk.start()
    desk.write("UNDLM_3_v001.mov")
    await desk.see()
    await desk.see()
    desk.write("UNDLM_3_v001.mov", b"another film")
    await desk.see()
    await desk.start()
    await desk.see()
    first, second = await rejected_in(desk.bus)
    assert first.file_id != second.file_id
    assert "5 digits" in first.why + first.expected


async def test_a_revision_that_was_superseded_by_one_that_did_not_stay_is_sent_again(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    (first,) = await desk.see()
    about = about_file(path=first.path, size_bytes=first.size_bytes, mtime_ns=first.mtime_ns)
    await desk.hear(FileSuperseded.model_validate(about | {"why": "it changed"}))
    await desk.walk()
    await desk.pass_time(QUIET_S + 1)
    assert len(await ready_in(desk.bus)) == 1
    await desk.pass_time(QUIET_S)
    assert [ready.attempt for ready in await ready_in(desk.bus)] == [1, 2]


async def test_a_failed_file_is_not_sent_again_until_it_is_another(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    (first,) = await desk.see()
    about = about_file(path=first.path, size_bytes=first.size_bytes, mtime_ns=first.mtime_ns)
    told = {"service": "uploader", "code": "X", "why": "no", "what_to_do": "something"}
    await desk.hear(FileFailed.model_validate(about | told))
    await desk.start()
    assert len(await desk.see()) == 1
    desk.write(shot(3), b"another film")
    assert len(await desk.see()) == 2


async def test_a_hint_finds_a_file_or_a_whole_folder_without_a_walk(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    desk.write(f"SQ01/UNDLM_00004/{shot(4)}")
    desk.write(f".hidden/{shot(5)}")
    for hinted in (shot(3), "SQ01", ".hidden", f".hidden/{shot(5)}", "nothing"):
        desk.parts.hints.hint_absolute(str(desk.exports / hinted))
    await desk.parts.hints.take()
    await desk.pass_time(QUIET_S + 1)
    assert sorted(paths(await ready_in(desk.bus))) == sorted([shot(3), f"SQ01/UNDLM_00004/{shot(4)}"])


async def test_large_files_have_their_own_lane(tmp_path: Path, bus: Bus) -> None:
    desk = Desk(tmp_path, bus, large_bytes="1KB")
    await desk.start()
    desk.write(shot(3), b"x" * 1000)
    (ready,) = await desk.see()
    assert ready.lane is Lane.LARGE
    desk.stop()


async def test_progress_is_told_in_words(desk: Desk) -> None:
    desk.write(shot(1))
    await desk.start()
    desk.write(shot(2))
    await desk.walk()
    assert desk.parts.report.progress().detail == (
        f"watching 2 folders, 2 known, 1 waiting: EXPORTS/{shot(2)} for quiet"
    )
