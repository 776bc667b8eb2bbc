"""The watcher on real files, with a real nats-server and a clock that the test moves."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.destination import Lane
from postflow.errors import BusUnavailable
from postflow.messages import FileFailed, FileSuperseded
from tests.examples import about_file
from tests.integration.watcher_rig import QUIET_S, Desk, ready_in, rejected_in, shot
from tests.unit.watcher.examples import RULES


@pytest.fixture
async def desk(tmp_path: Path, bus: Bus) -> AsyncIterator[Desk]:
    made = Desk(tmp_path, bus)
    yield made
    made.stop()


def paths(messages: list[object]) -> list[str]:
    return [getattr(message, "path", "").removeprefix("EXPORTS/") for message in messages]


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
    assert paths(list(await desk.see())) == [shot(3)]


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
    assert paths(list(await desk.see())) == [shot(3), f"SQ01/{shot(3)}"]


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
    assert paths(list(await desk.see())) == [shot(3)]


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


async def test_names_that_are_odd_stop_nothing(desk: Desk) -> None:
    await desk.start()
    desk.write("UNDLM_00003_v001\n.mov")
    (desk.exports / os.fsdecode(b"na\xefve.mov")).write_bytes(b"film")
    (desk.exports / os.fsdecode(b"\xff\xfe")).mkdir()
    (desk.exports / "loop").symlink_to(".")
    (desk.exports / shot(4)).symlink_to(shot(5))
    os.mkfifo(desk.exports / shot(6))
    desk.write(shot(5))
    assert paths(list(await desk.see())) == [shot(5)]
    assert paths(list(await rejected_in(desk.bus))) == ["UNDLM_00003_v001\n.mov"]


async def test_a_folder_that_cannot_be_read_stops_nothing(desk: Desk) -> None:
    await desk.start()
    # Nobody can list a path that is too long, whoever he is.
    place, deep = os.open(desk.exports, os.O_RDONLY), "x" * 200
    for _ in range(25):
        os.mkdir(deep, dir_fd=place)
        below = os.open(deep, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    desk.write(f"SQ01/{shot(3)}")
    assert paths(list(await desk.see())) == [f"SQ01/{shot(3)}"]


async def test_a_folder_without_permission_is_watched_when_it_is_open_again(desk: Desk) -> None:
    await desk.start()
    desk.write(f"SQ01/{shot(3)}")
    (desk.exports / "SQ01").chmod(0)
    if os.access(desk.exports / "SQ01", os.R_OK):
        pytest.skip("whoever runs this may read every folder")
    assert await desk.see() == []
    (desk.exports / "SQ01").chmod(0o755)
    assert paths(list(await desk.see())) == [f"SQ01/{shot(3)}"]


async def test_a_lost_mount_changes_nothing_and_what_came_meanwhile_is_found(desk: Desk) -> None:
    await desk.start()
    for number in (1, 2):
        desk.write(shot(number))
    one, _ = await desk.see()
    await desk.deliver(one)
    desk.write(shot(3))
    await desk.walk()
    volume = desk.exports.parent
    volume.rename(volume.with_name("elsewhere"))
    volume.mkdir()
    await desk.walk()
    await desk.pass_time(2000)
    assert not desk.parts.report.volume().ok
    volume.rmdir()
    volume.with_name("elsewhere").rename(volume)
    desk.write(shot(4))
    await desk.walk()
    assert desk.parts.report.volume().ok
    assert paths(list(await desk.see())) == [shot(1), shot(2), shot(3), shot(4)]


async def test_a_restart_sends_nothing_again_and_finds_what_came_meanwhile(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(1))
    desk.write(shot(2))
    await desk.deliver((await desk.see())[0])
    desk.stop()
    desk.write(shot(2), b"another film")
    desk.write(shot(3))
    await desk.start()
    assert sorted(paths(list(await desk.see()))) == [shot(1), shot(2), shot(2), shot(3)]


async def test_a_thousand_existing_files_are_left_alone_and_counted(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(1000):
        desk.write(f"SQ{number % 10:02d}/{shot(number)}")
    desk.write("SQ01/notes.txt")
    await desk.start()
    await desk.see()
    assert "1,000 files were here before me and are left alone" in capsys.readouterr().out
    assert await ready_in(desk.bus) == []
    desk.write(shot(3, version=2))
    assert paths(list(await desk.see())) == [shot(3, version=2)]
    capsys.readouterr()
    await desk.start()
    assert len(await desk.see()) == 1
    assert "here before me" not in capsys.readouterr().out


async def test_an_existing_file_that_changes_is_sent(desk: Desk) -> None:
    desk.write(shot(3))
    await desk.start()
    desk.write(shot(3), b"another film")
    assert paths(list(await desk.see())) == [shot(3)]


async def test_existing_files_are_sent_where_the_rules_or_the_settings_say_so(tmp_path: Path, bus: Bus) -> None:
    desk = Desk(tmp_path, bus, watch_existing="deliver")
    desk.rules = RULES.replace('folder = "MASTERS"', 'folder = "MASTERS"\nexisting = "ignore"')
    desk.write(shot(3))
    desk.write(f"../MASTERS/{shot(4)}")
    await desk.start()
    assert paths(list(await desk.see())) == [shot(3)]
    desk.stop()


async def test_files_that_globs_take_in_later_were_here_before(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.walking.PASSED_EVERY_S", 0.0)
    desk.rules = RULES.replace('"**/*.mov", "**/*.mp4"', '"**/*.mp4"')
    await desk.start()
    desk.write(shot(3))
    await desk.see()
    await desk.walk()
    desk.stop()
    desk.rules = RULES
    os.utime(desk.write(shot(4)), (2_000_000_000, 2_000_000_000))
    await desk.start()
    assert paths(list(await desk.see())) == [shot(4)]


async def test_what_was_decided_is_published_at_the_next_start_if_nats_was_away(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    desk.nats_answers = False
    with pytest.raises(BusUnavailable):
        await desk.see()
    assert await ready_in(desk.bus) == []
    desk.nats_answers = True
    await desk.start()
    await desk.publish()
    assert paths(list(await ready_in(desk.bus))) == [shot(3)]
    assert len(await desk.see()) == 1


async def test_a_message_that_left_though_the_ledger_does_not_know_is_stored_once(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    await desk.walk()
    sent = desk.parts.outbox
    await desk.pass_time(QUIET_S - 0.001)
    desk.clock.passed_s += 1
    await desk.parts.following.look_at_due()
    (unsent,) = desk.unsent()
    await desk.bus.publish(unsent)
    assert await sent.publish_some()
    assert paths(list(await ready_in(desk.bus))) == [shot(3)]


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


async def test_a_missing_watch_folder_is_watched_once_it_is_there(desk: Desk) -> None:
    desk.exports.rmdir()
    await desk.start()
    assert "not there: EXPORTS" in desk.parts.report.progress().detail
    desk.exports.mkdir()
    desk.write(shot(3))
    assert paths(list(await desk.see())) == [shot(3)]


async def test_a_hint_finds_a_file_or_a_whole_folder_without_a_walk(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    desk.write(f"SQ01/UNDLM_00004/{shot(4)}")
    desk.write(f".hidden/{shot(5)}")
    for hinted in (shot(3), "SQ01", ".hidden", f".hidden/{shot(5)}", "nothing"):
        desk.parts.hints.hint_absolute(str(desk.exports / hinted))
    await desk.parts.hints.take()
    await desk.pass_time(QUIET_S + 1)
    assert sorted(paths(list(await ready_in(desk.bus)))) == sorted([shot(3), f"SQ01/UNDLM_00004/{shot(4)}"])


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
