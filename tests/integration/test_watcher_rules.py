"""Rules that are edited while the watcher runs: what is in flight, what was turned away, folders that come and go."""

import asyncio
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.desk import RehearseQuestion, WaitingQuestion, WhyQuestion
from postflow.questions import RulesQuestion
from tests.integration.watcher_rig import QUIET_S, Desk, paths, process, ready_in, rejected_in, shot, until_ready
from tests.nats_fixtures import NatsServer
from tests.unit.watcher.completeness.made import FTYP, MDAT, MOOV
from tests.unit.watcher.examples import RULES
from watcher import renewal
from watcher.ruled import telling
from watcher.sightings.scan import Slice, Walk
from watcher.turns import StillAtWork, Turns

TO_WIP = RULES.replace("SHOTS/", "WIP/")
NO_MOV = RULES.replace('"**/*.mov", "**/*.mp4"', '"**/*.mp4"')
WATCHED = "[[shows.undlm.watch]]\nfolder = "
EXPORTS = RULES[RULES.index(f'{WATCHED}"EXPORTS"') : RULES.index(f'{WATCHED}"MASTERS"')]
ONLY_MASTERS = RULES.replace(EXPORTS, "")
DEEPER = RULES.replace('folder = "EXPORTS"', 'folder = "EXPORTS/SQ01"')
MORE = '[[shows.undlm.watch]]\nfolder = "MORE"\ninclude = ["**/*.mov"]\n'


@pytest.fixture
async def running(desk: Desk) -> Desk:
    await desk.start()
    return desk


async def test_what_waits_obeys_the_new_rules_and_what_was_released_the_old(running: Desk) -> None:
    running.write(shot(1))
    await running.see()
    running.write(shot(2))
    await running.walk()
    await running.edit(TO_WIP)
    released = await running.see()
    assert [(ready.path, ready.destination.folder[0]) for ready in released] == [
        (f"EXPORTS/{shot(1)}", "SHOTS"),
        (f"EXPORTS/{shot(2)}", "WIP"),
    ]


async def test_what_is_not_finished_waits_on_and_obeys_the_new_rules(running: Desk) -> None:
    running.write(shot(1), FTYP + MDAT)
    assert await running.see() == []
    await running.edit(TO_WIP)
    assert await running.see() == []
    assert (await running.why(shot(1)))[0] == "waiting"
    running.write(shot(1), FTYP + MDAT + MOOV)
    assert [ready.destination.folder[0] for ready in await running.see()] == ["WIP"]


async def test_what_is_about_to_be_looked_into_is_looked_into_and_obeys_the_new_rules(running: Desk) -> None:
    running.write(shot(1))
    await running.walk()
    while running.clock.passed_s < QUIET_S + 1:
        due_s = running.parts.attention.next_due_s()
        assert due_s is not None
        running.clock.passed_s = due_s
        await running.parts.following.look_at_due()
    await running.edit(TO_WIP)
    assert await running.parts.examining.examine_all()
    await running.look()
    await running.publish()
    assert [ready.destination.folder[0] for ready in await ready_in(running.bus)] == ["WIP"]


async def test_what_was_rejected_is_judged_again_without_a_restart(running: Desk) -> None:
    running.write("UNDLM_0003_v001.mov")
    await running.see()
    assert len(await rejected_in(running.bus)) == 1
    await running.edit(RULES.replace("_{shot:5d}_", "_{shot:4d}_").replace("UNDLM_00003_", "UNDLM_0003_"))
    assert paths(await running.see()) == ["UNDLM_0003_v001.mov"]


async def test_what_is_rejected_still_is_not_told_a_second_time(running: Desk) -> None:
    running.write("UNDLM_0003_v001.mov")
    await running.see()
    await running.edit(TO_WIP)
    await running.see()
    assert len(await rejected_in(running.bus)) == 1


async def test_what_the_rules_did_not_want_for_a_moment_is_sent_when_they_want_it_again(running: Desk) -> None:
    running.write(shot(1))
    await running.walk()
    await running.edit(NO_MOV)
    assert await running.see() == []
    why = await running.parts.desk.why(WhyQuestion(path=f"EXPORTS/{shot(1)}"))
    assert (why.state, why.why) == ("ignored", "included by none of **/*.mp4")
    await running.edit(RULES)
    assert paths(await running.see()) == [shot(1)]


async def test_a_watch_folder_that_is_gone_from_the_rules_is_not_walked(running: Desk) -> None:
    await running.edit(ONLY_MASTERS)
    running.write(shot(1))
    running.write(f"../MASTERS/{shot(2)}")
    assert [ready.path for ready in await running.see()] == [f"MASTERS/{shot(2)}"]
    assert list(running.parts.walking.tops) == ["MASTERS"]
    await running.edit(RULES)
    assert f"EXPORTS/{shot(1)}" in [ready.path for ready in await running.see()]


@pytest.mark.parametrize(
    ("setting", "key", "sent"),
    [
        pytest.param("ignore", "", [], id="left-alone"),
        pytest.param("deliver", "", [f"MORE/{shot(1)}"], id="delivered"),
        pytest.param("ignore", 'existing = "deliver"\n', [f"MORE/{shot(1)}"], id="delivered-by-its-own-key"),
        pytest.param("deliver", 'existing = "ignore"\n', [], id="left-alone-by-its-own-key"),
    ],
)
async def test_a_watch_folder_that_is_new_follows_watch_existing(
    tmp_path: Path, bus: Bus, setting: str, key: str, sent: list[str]
) -> None:
    desk = Desk(tmp_path, bus, watch_existing=setting)
    try:
        await desk.start()
        desk.write(f"../MORE/{shot(1)}")
        await desk.see()
        await desk.edit(RULES + MORE + key)
        assert [ready.path for ready in await desk.see()] == sent
        desk.write(f"../MORE/{shot(2)}")
        assert [ready.path for ready in await desk.see()] == [*sent, f"MORE/{shot(2)}"]
    finally:
        desk.stop()


async def test_a_walk_goes_on_under_no_other_rules_than_it_began_with(
    running: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was in a folder before would pass for new."""
    for number in range(100):
        running.write(f"SQ01/{number:03d}/UNDLM_{number:05d}_v001.avi")
    await running.see()
    monkeypatch.setattr("watcher.walking.SLICE_S", 0.0)
    began, loop, advance = asyncio.Event(), asyncio.get_running_loop(), Walk.advance

    def slowly(walk: Walk, budget_s: float) -> Slice:
        loop.call_soon_threadsafe(began.set)
        return advance(walk, budget_s)

    monkeypatch.setattr(Walk, "advance", slowly)
    walk = asyncio.create_task(running.parts.walking.over_everything())
    await began.wait()
    await running.edit(DEEPER.replace('"**/*.mp4"', '"**/*.avi"'))
    await walk
    assert await running.see() == []
    running.write("SQ01/UNDLM_00100_v001.avi")
    assert paths(await running.see()) == ["SQ01/UNDLM_00100_v001.avi"]


async def test_whoever_asks_is_answered_by_the_rules_in_force(running: Desk) -> None:
    answer = telling(running.parts.rules, running.parts.walking.folders)
    running.write(shot(1))
    await running.see()
    await running.edit(TO_WIP)
    assert [target.folder for target in (await answer(RulesQuestion())).targets] == [("WIP",)]
    rehearsed = await running.parts.desk.rehearse(RehearseQuestion())
    assert [file.to for file in rehearsed.files] == [f"Undlm/WIP/00001/{shot(1)}"]
    await running.edit(TO_WIP.replace('"shots"', '"wip"'))
    assert (await running.parts.desk.waiting(WaitingQuestion())).routes == ("undlm/wip",)


async def test_an_edit_does_not_outlast_a_kill_that_came_before_it_was_in_force(running: Desk) -> None:
    running.write("UNDLM_0003_v001.mov")
    await running.see()
    running.stop()
    running.rules = RULES.replace("_{shot:5d}_", "_{shot:4d}_").replace("UNDLM_00003_", "UNDLM_0003_")
    await running.start()
    assert paths(await running.see()) == ["UNDLM_0003_v001.mov"]


async def test_rules_wait_for_a_look_that_hangs_and_are_tried_again(
    running: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "PATIENCE_S", 0.05)
    async with running.parts.turns.working():
        with pytest.raises(StillAtWork):
            await running.edit(TO_WIP)
    running.write(shot(1))
    assert [ready.destination.folder[0] for ready in await running.see()] == ["SHOTS"]
    await running.edit(TO_WIP)
    running.write(shot(2))
    assert [ready.destination.folder[0] for ready in await running.see()] == ["SHOTS", "WIP"]


async def test_nobody_works_while_one_is_alone() -> None:
    turns, told = Turns(), list[str]()

    async def work() -> None:
        async with turns.working():
            told.append("works")

    async with turns.working():
        alone = turns.alone(within_s=5)
        entering = asyncio.create_task(alone.__aenter__())
        await asyncio.sleep(0)
        waits = asyncio.create_task(work())
        await asyncio.sleep(0)
        assert told == []
    await entering
    told.append("alone")
    await alone.__aexit__(None, None, None)
    await waits
    assert told == ["alone", "works"]


async def test_the_process_takes_an_edit_and_refuses_a_broken_one(tmp_path: Path, nats: NatsServer, bus: Bus) -> None:
    async with process(tmp_path, nats.url) as watcher:
        await watcher.start()
        rules = tmp_path / "postflow.toml"
        rules.write_text(TO_WIP.replace("[[shows.undlm.routes]]", "[[shows.undlm.routes"))
        async with asyncio.timeout(20):
            while (await watcher.report())["rules"]["ok"]:
                await asyncio.sleep(0.05)
        (watcher.exports / shot(1)).write_bytes(b"film")
        (first,) = await until_ready(bus, 1)
        other = tmp_path / "postflow.toml.new"
        other.write_text(TO_WIP)
        other.replace(rules)
        async with asyncio.timeout(20):
            while not (await watcher.report())["rules"]["ok"] or "rules_taken" not in watcher.log():
                await asyncio.sleep(0.05)
        (watcher.exports / shot(2)).write_bytes(b"film")
        (*_, second) = await until_ready(bus, 2)
    assert [first.destination.folder[0], second.destination.folder[0]] == ["SHOTS", "WIP"]
    assert len(await ready_in(bus)) == 2


async def test_at_a_start_a_show_with_a_mistake_is_left_out_loudly_and_the_others_run(
    tmp_path: Path, nats: NatsServer, bus: Bus
) -> None:
    async with process(tmp_path, nats.url) as watcher:
        other = RULES.replace("undlm", "next").replace("UNDLM", "NEXT").replace("EXPORTS", "E2")
        other = other.replace("MASTERS", "M2")
        (tmp_path / "postflow.toml").write_text(RULES + other.replace('project = "Undlm"', "project = 5"))
        await watcher.start(is_well=False)
        check = (await watcher.report())["rules"]
        assert "shows.next.project: found 5" in str(check["detail"])
        assert "nothing is sent of show next" in str(check["what_to_do"])
        (watcher.exports / shot(1)).write_bytes(b"film")
        assert [ready.path for ready in await until_ready(bus, 1)] == [f"EXPORTS/{shot(1)}"]
    assert "a mistake in the rules" in watcher.log()
