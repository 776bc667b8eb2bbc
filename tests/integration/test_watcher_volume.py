"""What the volume does to the watcher: odd names, closed folders, a mount that goes away."""

import os

import pytest

from tests.integration.watcher_rig import Desk, paths, rejected_in, shot


async def test_names_that_are_odd_stop_nothing(desk: Desk) -> None:
    await desk.start()
    desk.write("UNDLM_00003_v001\n.mov")
    (desk.exports / os.fsdecode(b"na\xefve.mov")).write_bytes(b"film")
    (desk.exports / os.fsdecode(b"\xff\xfe")).mkdir()
    (desk.exports / "loop").symlink_to(".")
    (desk.exports / shot(4)).symlink_to(shot(5))
    os.mkfifo(desk.exports / shot(6))
    desk.write(shot(5))
    assert paths(await desk.see()) == [shot(5)]
    assert paths(await rejected_in(desk.bus)) == ["UNDLM_00003_v001\n.mov"]


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
    assert paths(await desk.see()) == [f"SQ01/{shot(3)}"]


async def test_a_folder_without_permission_is_watched_when_it_is_open_again(desk: Desk) -> None:
    await desk.start()
    desk.write(f"SQ01/{shot(3)}")
    (desk.exports / "SQ01").chmod(0)
    if os.access(desk.exports / "SQ01", os.R_OK):
        pytest.skip("whoever runs this may read every folder")
    assert await desk.see() == []
    (desk.exports / "SQ01").chmod(0o755)
    assert paths(await desk.see()) == [f"SQ01/{shot(3)}"]


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
    assert paths(await desk.see()) == [shot(1), shot(2), shot(3), shot(4)]


async def test_a_missing_watch_folder_is_watched_once_it_is_there(desk: Desk) -> None:
    desk.exports.rmdir()
    await desk.start()
    assert "not there: EXPORTS" in desk.parts.report.progress().detail
    desk.exports.mkdir()
    desk.write(shot(3))
    assert paths(await desk.see()) == [shot(3)]
