"""What the watcher answers when it is asked where a released revision is: on real files."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.desk import DeliverQuestion
from postflow.questions import Whereabouts, WhereaboutsAnswer, WhereaboutsQuestion
from tests.integration.watcher_rig import QUIET_S, Desk, shot
from watcher.whereabouts import NO_ANSWER


@pytest.fixture
async def desk(tmp_path: Path, bus: Bus) -> AsyncIterator[Desk]:
    made = Desk(tmp_path, bus)
    await made.start()
    yield made
    made.stop()


async def where(desk: Desk, file_id: str) -> WhereaboutsAnswer:
    return await desk.parts.finder.answer(WhereaboutsQuestion(file_id=file_id))


async def test_a_revision_that_is_as_it_was_is_here(desk: Desk) -> None:
    desk.write(shot(1))
    (ready,) = await desk.see()
    assert await where(desk, ready.file_id) == WhereaboutsAnswer(state=Whereabouts.HERE)


async def test_one_whose_path_holds_another_is_changed(desk: Desk) -> None:
    desk.write(shot(1))
    (ready,) = await desk.see()
    desk.write(shot(1), b"another film")
    assert await where(desk, ready.file_id) == WhereaboutsAnswer(state=Whereabouts.CHANGED)
    await desk.see()
    assert (await where(desk, ready.file_id)).state is Whereabouts.CHANGED


@pytest.mark.parametrize("place", ["elsewhere/" + shot(1), shot(2)], ids=["moved", "renamed"])
@pytest.mark.parametrize("decided", [False, True])
async def test_a_moved_one_is_where_it_is_found_once_the_walk_has_come_by(
    desk: Desk, place: str, decided: bool
) -> None:
    file = desk.write(shot(1))
    (ready,) = await desk.see()
    (desk.exports / place).parent.mkdir(exist_ok=True)
    file.rename(desk.exports / place)
    assert await where(desk, ready.file_id) == WhereaboutsAnswer(state=Whereabouts.GONE, settled=False)
    await desk.walk()
    if decided:
        await desk.pass_time(QUIET_S + 1)
    found = WhereaboutsAnswer(state=Whereabouts.MOVED, path=f"EXPORTS/{place}", underway=decided)
    assert await where(desk, ready.file_id) == found


async def test_one_that_was_delivered_and_moved_is_where_it_was_moved_to(desk: Desk) -> None:
    file = desk.write(shot(1))
    (ready,) = await desk.see()
    await desk.deliver(ready)
    (desk.exports / "done").mkdir()
    file.rename(desk.exports / "done" / shot(1))
    await desk.see()
    assert (await where(desk, ready.file_id)).path == f"EXPORTS/done/{shot(1)}"


async def test_another_file_that_only_looks_alike_is_no_move(desk: Desk) -> None:
    file, other = desk.write(shot(1)), desk.write(shot(2))
    os.utime(other, ns=(file.stat().st_mtime_ns, file.stat().st_mtime_ns))
    ready = next(one for one in await desk.see() if one.path.endswith(shot(1)))
    file.unlink()
    assert (await where(desk, ready.file_id)).state is Whereabouts.GONE


async def test_what_is_gone_stays_gone_after_two_walks(desk: Desk) -> None:
    file = desk.write(shot(1))
    (ready,) = await desk.see()
    file.unlink()
    settled = [(await where(desk, ready.file_id)).settled]
    for _ in range(3):
        await desk.walk()
        settled.append((await where(desk, ready.file_id)).settled)
    assert settled == [False, False, True, True]


async def test_a_lost_volume_and_an_unknown_id_are_unknown(desk: Desk, tmp_path: Path) -> None:
    desk.write(shot(1))
    (ready,) = await desk.see()
    (tmp_path / "volume").rename(tmp_path / "away")
    assert await where(desk, ready.file_id) == WhereaboutsAnswer(state=Whereabouts.UNKNOWN, settled=False)
    assert await where(desk, "0" * 32) == WhereaboutsAnswer(state=Whereabouts.UNKNOWN)


async def test_of_a_volume_that_is_not_believed_nothing_is_told(tmp_path: Path, bus: Bus) -> None:
    desk = Desk(tmp_path, bus, volume_canary="THERE")
    (desk.exports.parent / "THERE").touch()
    await desk.start()
    file = desk.write(shot(1))
    (ready,) = await desk.see()
    (desk.exports.parent / "THERE").unlink()
    file.write_bytes(b"another film")
    assert await where(desk, ready.file_id) == NO_ANSWER
    file.unlink()
    assert await where(desk, ready.file_id) == NO_ANSWER
    order = await desk.parts.desk.deliver(DeliverQuestion(path=f"EXPORTS/{shot(1)}", again=True))
    assert (order.done, "not believed" in order.said) == (False, True)
    desk.stop()
