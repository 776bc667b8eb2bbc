"""Globs that are edited: what they take in now and did not before was there before, and nothing else was."""

import os
from pathlib import Path

import pytest

from tests.integration.watcher_rig import Desk, paths, shot
from tests.unit.watcher.examples import RULES
from watcher.clock import wall_ns
from watcher.sightings.scan import Slice, Walk

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


async def test_a_file_that_was_empty_at_first_is_sent(running: Desk) -> None:
    running.write(shot(1), b"")
    await running.walk()
    await running.pass_time(60)
    write_now(running, shot(1))
    await running.pass_time(5)
    await running.walk()
    await running.edit(ALSO_MXF)
    assert paths(await running.see()) == [shot(1)]


async def test_a_file_that_was_empty_at_first_is_sent_after_a_restart(running: Desk) -> None:
    running.write(shot(1), b"")
    await running.walk()
    await running.pass_time(60)
    write_now(running, shot(1))
    await running.pass_time(5)
    await running.walk()
    running.rules = ALSO_MXF
    passed_s = running.clock.passed_s
    await running.start()
    running.clock.passed_s = passed_s
    assert paths(await running.see()) == [shot(1)]
