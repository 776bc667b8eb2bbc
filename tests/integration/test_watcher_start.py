"""What the watcher makes of what was there before it started: files, and messages it had decided on."""

import os
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.errors import BusUnavailable
from tests.integration.watcher_rig import QUIET_S, Desk, paths, ready_in, shot
from tests.unit.watcher.examples import RULES


async def test_a_restart_sends_nothing_again_and_finds_what_came_meanwhile(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(1))
    desk.write(shot(2))
    await desk.deliver((await desk.see())[0])
    desk.stop()
    desk.write(shot(2), b"another film")
    desk.write(shot(3))
    await desk.start()
    assert sorted(paths(await desk.see())) == [shot(1), shot(2), shot(2), shot(3)]


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
    assert paths(await desk.see()) == [shot(3, version=2)]
    capsys.readouterr()
    await desk.start()
    assert len(await desk.see()) == 1
    assert "here before me" not in capsys.readouterr().out


async def test_an_existing_file_that_changes_is_sent(desk: Desk) -> None:
    desk.write(shot(3))
    await desk.start()
    desk.write(shot(3), b"another film")
    assert paths(await desk.see()) == [shot(3)]


async def test_existing_files_are_sent_where_the_rules_or_the_settings_say_so(tmp_path: Path, bus: Bus) -> None:
    desk = Desk(tmp_path, bus, watch_existing="deliver")
    desk.rules = RULES.replace('folder = "MASTERS"', 'folder = "MASTERS"\nexisting = "ignore"')
    desk.write(shot(3))
    desk.write(f"../MASTERS/{shot(4)}")
    await desk.start()
    assert paths(await desk.see()) == [shot(3)]
    desk.stop()


async def test_files_that_globs_take_in_later_were_here_before(desk: Desk) -> None:
    desk.rules = RULES.replace('"**/*.mov", "**/*.mp4"', '"**/*.mp4"')
    await desk.start()
    desk.write(shot(3))
    await desk.see()
    await desk.parts.walking.over_everything()
    desk.stop()
    desk.rules = RULES
    os.utime(desk.write(shot(4)), (2_000_000_000, 2_000_000_000))
    await desk.start()
    assert paths(await desk.see()) == [shot(4)]


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
    assert paths(await ready_in(desk.bus)) == [shot(3)]
    assert len(await desk.see()) == 1


async def test_a_message_that_left_though_the_ledger_does_not_know_is_stored_once(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(3))
    await desk.walk()
    sent = desk.parts.outbox
    await desk.pass_time(QUIET_S - 0.001)
    desk.clock.passed_s += 1
    await desk.look()
    (unsent,) = desk.unsent()
    await desk.bus.publish(unsent)
    assert await sent.publish_some()
    assert paths(await ready_in(desk.bus)) == [shot(3)]
