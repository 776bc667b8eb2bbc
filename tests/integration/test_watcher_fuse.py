"""Very many known files that turn new at once: held, told, and released or left alone when a person has said so."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from console import acting, resuming
from console.answers import Resumed
from postflow.bus import Bus
from postflow.desk import WaitingQuestion, WhyQuestion
from tests.integration.watcher_rig import QUIET_S, Desk, paths, ready_in, shot
from tests.unit.watcher.completeness.made import FTYP, MDAT, MOOV
from watcher.fuse import FEW, MOST

MANY = MOST + 30
LATER_NS = 1_800_000_000 * 10**9


def touch(files: Iterable[Path], at_ns: int = LATER_NS) -> None:
    for file in files:
        os.utime(file, ns=(at_ns, at_ns))


async def exported(desk: Desk, count: int) -> list[Path]:
    """Files that were delivered, a while ago."""
    files = [desk.write(f"SQ{number % 3:02d}/{shot(number)}") for number in range(count)]
    for ready in await desk.see():
        await desk.deliver(ready)
    await desk.pass_time(3600)
    return files


async def deliver_all(desk: Desk) -> None:
    for ready in await ready_in(desk.bus):
        await desk.deliver(ready)


async def sent_since(desk: Desk, before: int) -> list[str]:
    return paths((await ready_in(desk.bus))[before:])


async def settle(desk: Desk) -> None:
    """What waits for a minute has waited."""
    await desk.see()
    await desk.pass_time(70)


@pytest.fixture
async def mass(desk: Desk) -> list[Path]:
    """A tree of delivered files, touched as a whole; all of it was looked at since."""
    await desk.start()
    files = await exported(desk, MANY)
    touch(files)
    await settle(desk)
    return files


async def test_a_tree_that_is_touched_is_held_but_for_a_few(desk: Desk, mass: list[Path]) -> None:
    assert len(await sent_since(desk, MANY)) == FEW
    held = MANY - FEW
    assert desk.parts.held.count() == held
    alarm = desk.parts.held.alarm()
    assert (alarm.ok, alarm.detail) == (
        False,
        f"{held} files delivered or left alone before turned new at once, in 3 folders below EXPORTS: none is sent",
    )
    assert "`postflow resume`" in alarm.what_to_do
    assert "`postflow resume --leave`" in alarm.what_to_do
    assert desk.parts.held.check().ok
    assert (await desk.parts.desk.waiting(WaitingQuestion())).held == held


async def test_each_says_why_it_waits(desk: Desk, mass: list[Path]) -> None:
    sent = {f"EXPORTS/{path}" for path in await sent_since(desk, MANY)}
    held = next(path for file in mass if (path := str(file.relative_to(desk.exports.parent))) not in sent)
    why = await desk.parts.desk.why(WhyQuestion(path=held))
    assert why.state == "waiting"
    assert "turned new together with very many others" in why.why
    assert "postflow resume" in why.what_to_do


async def test_other_new_files_go_on(desk: Desk, mass: list[Path]) -> None:
    desk.write(shot(900))
    await settle(desk)
    assert shot(900) in await sent_since(desk, MANY + FEW)


async def test_it_outlives_a_restart(desk: Desk, mass: list[Path]) -> None:
    desk.stop()
    await desk.start()
    await settle(desk)
    assert desk.parts.held.count() == MANY - FEW
    assert len(await sent_since(desk, MANY)) == FEW


async def test_a_mass_that_a_restart_cut_short_goes_on_being_held(desk: Desk, mass: list[Path]) -> None:
    await deliver_all(desk)
    touch(mass, LATER_NS + 10**9)
    desk.stop()
    await desk.start()
    await settle(desk)
    assert (len(await sent_since(desk, MANY)), desk.parts.held.count()) == (FEW, MANY)


async def resume(desk: Desk) -> Resumed:
    """A person has the held files sent; whoever looks at them has done so."""
    await desk.parts.desk.answer_on(desk.bus)
    answer = await resuming.gone_on(desk.bus, None)
    await desk.parts.hints.take()
    return answer


async def test_resume_releases_them_once_each(desk: Desk, mass: list[Path]) -> None:
    answer = await resume(desk)
    assert (answer.taken_up, answer.held) == (MANY - FEW, 0)
    await desk.publish()
    assert len(await sent_since(desk, MANY)) == FEW, "they have to be quiet first"
    await desk.pass_time(QUIET_S + 1)
    sent = await sent_since(desk, MANY)
    assert len(sent) == len(set(sent)) == MANY
    await settle(desk)
    assert len(await sent_since(desk, MANY)) == MANY
    assert (await resuming.gone_on(desk.bus, None)).taken_up == 0


async def test_what_is_resumed_must_be_finished_all_the_same(desk: Desk, mass: list[Path]) -> None:
    sent = set(await sent_since(desk, MANY))
    half = [file for file in mass if str(file.relative_to(desk.exports)) not in sent]
    for file in half:
        file.write_bytes(FTYP + MDAT)
    touch(half)
    await settle(desk)
    assert (await resume(desk)).taken_up == MANY - FEW
    await settle(desk)
    assert len(await sent_since(desk, MANY)) == FEW
    for file in half:
        file.write_bytes(FTYP + MDAT + MOOV)
    await settle(desk)
    assert (len(await sent_since(desk, MANY)), desk.parts.held.count()) == (MANY, 0)


async def test_what_is_resumed_is_not_held_once_more_after_a_restart(desk: Desk, mass: list[Path]) -> None:
    await resume(desk)
    desk.stop()
    await desk.start()
    await settle(desk)
    assert (len(await sent_since(desk, MANY)), desk.parts.held.count()) == (MANY, 0)


async def test_a_copy_that_is_resumed_is_sent(desk: Desk) -> None:
    await desk.start()
    for file in await exported(desk, MANY):
        desk.write(f"COPY/{file.parent.name}/{file.name}")
    await settle(desk)
    await resume(desk)
    await settle(desk)
    assert (len(await sent_since(desk, MANY)), desk.parts.held.count()) == (MANY, 0)


async def test_what_is_as_it_was_left_alone_is_not_sent_though_it_was_resumed(desk: Desk) -> None:
    files = [desk.write(f"SQ01/{shot(number)}") for number in range(MANY)]
    dates = {file: file.stat().st_mtime_ns for file in files}
    await desk.start()
    await desk.see()
    touch(files)
    await settle(desk)
    sent = {f"{desk.exports}/{path}" for path in paths(await ready_in(desk.bus))}
    await resume(desk)
    for file, date in dates.items():
        if str(file) not in sent:
            touch([file], date)
    await settle(desk)
    assert (len(await ready_in(desk.bus)), desk.parts.held.count()) == (FEW, 0)


async def test_resume_ends_a_pause_first_and_says_what_is_held_still(desk: Desk, mass: list[Path]) -> None:
    await desk.parts.desk.answer_on(desk.bus)
    await acting.pause(desk.bus, None)
    answer = await resuming.gone_on(desk.bus, None)
    assert (len(answer.ended), answer.taken_up, answer.held) == (1, 0, MANY - FEW)


async def test_what_is_left_alone_is_known_from_then_on(desk: Desk, mass: list[Path]) -> None:
    await desk.parts.desk.answer_on(desk.bus)
    answer = await resuming.left_alone(desk.bus)
    assert answer.left == MANY - FEW
    assert desk.parts.held.check().detail == "nothing is held back"
    await settle(desk)
    desk.stop()
    await desk.start()
    await settle(desk)
    assert len(await sent_since(desk, MANY)) == FEW
    mass[-1].write_bytes(b"another film")
    await settle(desk)
    assert len(await sent_since(desk, MANY + FEW)) == 1


async def test_what_is_as_it_was_delivered_is_held_no_more(desk: Desk) -> None:
    """A volume that is mounted anew with other dates, and once more with the right ones."""
    await desk.start()
    files = await exported(desk, MANY)
    dates = {file: file.stat().st_mtime_ns for file in files}
    touch(files)
    await settle(desk)
    for file, date in dates.items():
        touch([file], date)
    await settle(desk)
    assert desk.parts.held.count() == 0
    assert len(await sent_since(desk, MANY)) == FEW


async def test_files_that_were_left_alone_count_and_are_held_no_more_with_their_own_date(desk: Desk) -> None:
    files = [desk.write(f"SQ01/{shot(number)}") for number in range(MANY)]
    dates = {file: file.stat().st_mtime_ns for file in files}
    await desk.start()
    await desk.see()
    touch(files)
    await settle(desk)
    assert (len(await ready_in(desk.bus)), desk.parts.held.count()) == (FEW, MANY - FEW)
    sent = {f"{desk.exports}/{path}" for path in paths(await ready_in(desk.bus))}
    for file, date in dates.items():
        if str(file) not in sent:
            touch([file], date)
    await settle(desk)
    assert (len(await ready_in(desk.bus)), desk.parts.held.count()) == (FEW, 0)


async def test_a_copy_of_a_delivered_tree_is_held(desk: Desk) -> None:
    await desk.start()
    for file in await exported(desk, MANY):
        desk.write(f"COPY/{file.parent.name}/{file.name}")
    await settle(desk)
    assert (len(await sent_since(desk, MANY)), desk.parts.held.count()) == (FEW, MANY - FEW)


async def test_a_tree_that_was_moved_is_neither_sent_nor_held(desk: Desk) -> None:
    await desk.start()
    await exported(desk, MANY)
    (desk.exports / "DONE").mkdir()
    for folder in ("SQ00", "SQ01", "SQ02"):
        (desk.exports / folder).rename(desk.exports / "DONE" / folder)
    await settle(desk)
    assert (await sent_since(desk, MANY), desk.parts.held.count()) == ([], 0)


async def test_a_held_file_that_is_moved_is_held_where_it_is_now(desk: Desk, mass: list[Path]) -> None:
    await deliver_all(desk)
    (desk.exports / "SQ00").rename(desk.exports / "SQ09")
    await settle(desk)
    assert (len(await sent_since(desk, MANY)), desk.parts.held.count()) == (FEW, MANY - FEW)


async def test_a_few_that_are_overwritten_are_sent(desk: Desk) -> None:
    await desk.start()
    files = await exported(desk, FEW)
    for file in files:
        file.write_bytes(b"another film")
    await desk.see()
    assert len(await sent_since(desk, FEW)) == FEW


async def test_what_the_fuse_lets_pass_must_be_finished_all_the_same(desk: Desk) -> None:
    await desk.start()
    files = await exported(desk, FEW + 5)
    for file in files:
        file.write_bytes(FTYP + MDAT)
    await settle(desk)
    assert await sent_since(desk, len(files)) == []
    waiting = (await desk.parts.desk.waiting(WaitingQuestion())).files
    assert {file.why.partition(":")[0] for file in waiting} == {"it is still being written, or was left unfinished"}
    for file in files:
        file.write_bytes(FTYP + MDAT + MOOV)
    await settle(desk)
    assert len(await sent_since(desk, len(files))) == len(files)


async def test_several_are_sent_a_minute_later(desk: Desk) -> None:
    await desk.start()
    files = await exported(desk, FEW + 5)
    touch(files)
    await desk.see()
    assert len(await sent_since(desk, len(files))) == FEW
    waiting = (await desk.parts.desk.waiting(WaitingQuestion())).files
    assert {file.why for file in waiting} == {
        f"it is one of {FEW + 5} known files that turned new at once: it waits a minute, lest it be very many"
    }
    await desk.pass_time(60 + QUIET_S)
    assert len(await sent_since(desk, len(files))) == len(files)
    assert desk.parts.held.count() == 0


async def test_a_held_file_that_is_gone_or_changed_is_a_file_like_any_other(desk: Desk, mass: list[Path]) -> None:
    sent = set(await sent_since(desk, MANY))
    gone, changed = [file for file in mass if str(file.relative_to(desk.exports)) not in sent][:2]
    gone.unlink()
    changed.write_bytes(b"another film")
    assert (await resume(desk)).held == 0
    await settle(desk)
    now_sent = await sent_since(desk, MANY)
    assert str(changed.relative_to(desk.exports)) in now_sent
    assert str(gone.relative_to(desk.exports)) not in now_sent


async def test_one_alone_can_be_delivered(desk: Desk, mass: list[Path], bus: Bus) -> None:
    await desk.parts.desk.answer_on(bus)
    sent = set(await sent_since(desk, MANY))
    one = next(path for file in mass if (path := str(file.relative_to(desk.exports))) not in sent)
    assert (await acting.deliver(bus, f"EXPORTS/{one}", again=False)).done
    await desk.publish()
    assert one in await sent_since(desk, MANY)
    assert desk.parts.held.count() == MANY - FEW - 1
