"""Globs that are edited: what they take in now and did not before was there before, and nothing else was."""

import os
from pathlib import Path

import pytest

from tests.integration.watcher_rig import Desk, paths, shot
from tests.unit.watcher.examples import RULES
from watcher.clock import wall_ns
from watcher.sightings.scan import Slice, Walk
from watcher.volume import Listing, Unanswered, Volume

ALSO_MXF = RULES.replace('"**/*.mov", "**/*.mp4"', '"**/*.mov", "**/*.mp4", "**/*.mxf"')


@pytest.fixture
async def running(desk: Desk) -> Desk:
    (desk.exports / "SQ01").mkdir(parents=True)
    await desk.start()
    return desk


def write_now(desk: Desk, path: str) -> Path:
    """A file as old as it is by the clock of the test."""
    file, now_ns = desk.write(path), wall_ns(desk.clock)
    os.utime(file, ns=(now_ns, now_ns))
    return file


async def test_what_was_not_taken_in_before_is_left_alone_also_in_a_folder_where_somebody_works(running: Desk) -> None:
    running.write("SQ01/UNDLM_00001_v001.mxf")
    running.write(f"SQ01/{shot(2)}")
    await running.see()
    await running.parts.walking.over_everything()
    await running.edit(ALSO_MXF)
    await running.parts.walking.over_hot(["EXPORTS/SQ01"])
    assert paths(await running.see()) == [f"SQ01/{shot(2)}"]
    write_now(running, "SQ01/UNDLM_00003_v001.mxf")
    await running.parts.walking.over_hot(["EXPORTS/SQ01"])
    assert paths(await running.see()) == [f"SQ01/{shot(2)}", "SQ01/UNDLM_00003_v001.mxf"]


@pytest.mark.parametrize("over", ["over_names", "over_everything"])
async def test_a_file_that_came_behind_a_walk_is_sent(
    running: Desk, monkeypatch: pytest.MonkeyPatch, over: str
) -> None:
    advance = Walk.advance

    def comes_behind(walk: Walk, budget_s: float) -> Slice:
        part = advance(walk, budget_s)
        running.clock.passed_s += 1
        write_now(running, shot(1))
        running.clock.passed_s += 1
        return part

    with monkeypatch.context() as during:
        during.setattr(Walk, "advance", comes_behind)
        await getattr(running.parts.walking, over)()
    await running.edit(ALSO_MXF)
    assert paths(await running.see()) == [shot(1)]


async def filled_later(desk: Desk, path: str) -> None:
    """A file whose name is seen while there is nothing in it yet."""
    desk.write(path, b"")
    await desk.walk()
    await desk.pass_time(60)
    write_now(desk, path)
    await desk.pass_time(5)
    await desk.walk()


async def test_a_file_that_was_empty_at_first_is_sent(running: Desk) -> None:
    await filled_later(running, shot(1))
    await running.edit(ALSO_MXF)
    assert paths(await running.see()) == [shot(1)]


async def test_a_file_that_was_empty_at_first_is_sent_after_a_restart(running: Desk) -> None:
    await filled_later(running, shot(1))
    running.rules = ALSO_MXF
    passed_s = running.clock.passed_s
    await running.start()
    running.clock.passed_s = passed_s
    assert paths(await running.see()) == [shot(1)]


async def test_a_file_in_a_folder_that_gave_no_answer_is_sent(running: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It came, and walks over everything went on beside it, before anybody could know of it."""
    listed = Volume.list

    def gives_none(volume: Volume, folder: str) -> Listing | None:
        if folder == "EXPORTS/SQ01":
            raise Unanswered("Input/output error")
        return listed(volume, folder)

    with monkeypatch.context() as during:
        during.setattr(Volume, "list", gives_none)
        await running.parts.walking.over_everything()
        write_now(running, f"SQ01/{shot(1)}")
        write_now(running, "SQ01/UNDLM_00003_v001.mxf")
        await running.pass_time(60)
        await running.parts.walking.over_everything()
    await running.edit(ALSO_MXF)
    assert paths(await running.see()) == [f"SQ01/{shot(1)}"]
