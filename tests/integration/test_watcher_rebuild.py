"""A ledger that was lost: nothing is released until a person has said so, and nothing twice then."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.checks import Check
from postflow.desk import RetryQuestion
from postflow.messages import FileFailed, FileReady, FileSuperseded
from postflow.rebuilds import Rebuild, RebuildAnswer, RebuildQuestion, RebuildStep, Stock
from postflow.routing import InForce, load_rules
from tests.examples import delivered, failed, ready
from tests.integration.watcher_rig import Desk, paths, ready_in, shot, stream
from tests.unit.watcher.completeness.made import FTYP, MDAT, MOOV
from watcher import stories
from watcher.database import FILE_NAME, Database
from watcher.history import History
from watcher.rebuilding import Rebuilding
from watcher.recovery import able_to_rebuild
from watcher.settings import Settings

LOOK, WAIT = RebuildQuestion(step=RebuildStep.LOOK), RebuildQuestion(step=RebuildStep.WAIT)


def lose(desk: Desk) -> None:
    desk.stop()
    for file in (desk.exports.parent.parent / "data").glob(f"{FILE_NAME}*"):
        file.unlink()


class Loser:
    """What stands between a start and the watch."""

    def __init__(self, desk: Desk, *, filespace: str = "local") -> None:
        folder = desk.exports.parent.parent
        self.database = Database(folder / "data")
        settings = Settings(volume_root=folder / "volume", watcher_data=folder / "data", filespace=filespace)
        rules = InForce(load_rules(desk.rules))
        self.rebuilding: Rebuilding = able_to_rebuild(settings, rules, self.database, desk.bus, desk.clock)
        self.stop = asyncio.Event()
        self.waiting = asyncio.create_task(self.rebuilding.until_whole(self.stop))

    async def found(self) -> Check:
        """Whether it was lost is known."""
        async with asyncio.timeout(20):
            while not self.waiting.done() and self.rebuilding.check().ok:
                await asyncio.sleep(0.01)
        return self.rebuilding.check()

    async def ask(self, question: RebuildQuestion) -> RebuildAnswer:
        answer = await self.rebuilding.answer(question)
        async with asyncio.timeout(20):
            while answer.state in (Rebuild.LOOKING, Rebuild.REBUILDING):
                await asyncio.sleep(0.01)
                answer = await self.rebuilding.answer(WAIT)
        return answer

    async def end(self) -> None:
        self.stop.set()
        await self.waiting
        self.database.close()


async def rebuild(desk: Desk, *, deliver_unknown: bool = False) -> Stock:
    """As a person does it; the watcher goes on after it."""
    desk.stop()
    loser = Loser(desk)
    assert not (await loser.found()).ok
    looked = await loser.ask(LOOK)
    assert looked.state is Rebuild.LOOKED, looked.problem
    done = await loser.ask(RebuildQuestion(step=RebuildStep.GO, deliver_unknown=deliver_unknown))
    assert done.state is Rebuild.DONE, done.problem
    assert await asyncio.wait_for(loser.waiting, 20)
    await loser.end()
    await desk.start()
    return looked.stock


async def fail(desk: Desk, message: FileReady) -> None:
    about = {name: getattr(message, name) for name in FileReady.model_fields}
    await tell(desk, FileFailed.model_validate(failed().model_dump() | about))


async def tell(desk: Desk, ended: object) -> None:
    """As the uploader does: into the stream, and to the watcher."""
    await desk.bus.publish(ended)  # type: ignore[arg-type]
    await desk.hear(ended)  # type: ignore[arg-type]


async def deliver(desk: Desk, message: FileReady) -> None:
    about = {name: getattr(message, name) for name in FileReady.model_fields}
    await tell(desk, type(delivered()).model_validate(delivered().model_dump() | about | {"exposure": 1}))


@pytest.fixture
async def told(desk: Desk) -> AsyncIterator[dict[str, FileReady]]:
    """Four that were released, of which two have ended, one that is rejected, one from before; then the loss."""
    desk.write(shot(90))
    await desk.start()
    for number in (1, 2, 3, 4):
        desk.write(shot(number))
    desk.write("nonsense.mov")
    released = {message.path.removeprefix("EXPORTS/"): message for message in await desk.see()}
    await deliver(desk, released[shot(1)])
    await fail(desk, released[shot(2)])
    lose(desk)
    yield released
    desk.stop()


async def test_a_new_ledger_on_a_new_stream_is_whole(desk: Desk) -> None:
    await desk.start()
    lose(desk)
    loser = Loser(desk)
    assert (await loser.found()).ok
    assert await loser.waiting
    assert (await loser.ask(LOOK)).state is Rebuild.WHOLE
    await loser.end()


async def test_an_ordinary_restart_is_no_loss(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(1))
    (message,) = await desk.see()
    await deliver(desk, message)
    desk.stop()
    loser = Loser(desk)
    assert (await loser.found()).ok
    await loser.end()


async def test_stories_of_another_filespace_are_not_ours(desk: Desk, told: dict[str, FileReady]) -> None:
    loser = Loser(desk, filespace="another")
    assert (await loser.found()).ok
    await loser.end()
    loser = Loser(desk)
    await desk.bus.publish(ready(filespace="another"))
    assert not (await loser.found()).ok
    await loser.end()


async def test_a_loss_is_remembered_and_nothing_is_done_without_a_look(desk: Desk, told: dict[str, FileReady]) -> None:
    for _ in range(2):
        loser = Loser(desk)
        check = await loser.found()
        assert (check.ok, "postflow rebuild" in check.what_to_do) == (False, True)
        refused = await loser.ask(RebuildQuestion(step=RebuildStep.GO))
        assert (refused.state, bool(refused.problem)) == (Rebuild.LOST, True)
        assert not loser.waiting.done()
        await loser.end()


async def test_a_look_counts_what_is_there_and_decides_nothing(desk: Desk, told: dict[str, FileReady]) -> None:
    desk.write(shot(5))
    desk.write(shot(4), b"another film")
    loser = Loser(desk)
    await loser.found()
    answer = await loser.ask(LOOK)
    assert answer.stock == Stock(delivered=1, failed=1, unfinished=1, rejected=1, changed=1, unknown=2)
    assert not loser.rebuilding.check().ok
    assert loser.database.rows("SELECT count(*) FROM files WHERE state = 'ignored'") == [(0,)]
    assert (await loser.ask(LOOK)).stock == answer.stock
    await loser.end()


async def test_nothing_is_sent_twice_and_what_nobody_knows_is_left_alone(
    desk: Desk, told: dict[str, FileReady]
) -> None:
    desk.write(shot(5))
    await rebuild(desk)
    desk.write(shot(6))
    assert paths((await desk.see())[4:]) == [shot(6)]
    states = [(await desk.why(path))[0] for path in (shot(1), shot(2), shot(3), "nonsense.mov", shot(90), shot(5))]
    assert states == ["delivered", "failed", "ready", "rejected", "ignored", "ignored"]
    assert "made anew" in (await desk.why(shot(5)))[1]
    assert len([message for message in await stream(desk.bus) if message.subject.startswith("postflow.file.rej")]) == 1


async def test_everything_that_is_unknown_can_be_sent_but_what_has_a_story(
    tmp_path: Path, bus: Bus, desk: Desk, told: dict[str, FileReady]
) -> None:
    desk.write(shot(5), FTYP + MDAT)
    await rebuild(desk, deliver_unknown=True)
    assert paths((await desk.see())[4:]) == [shot(90)]
    desk.write(shot(5), FTYP + MDAT + MOOV)
    assert paths((await desk.see())[4:]) == [shot(90), shot(5)]


async def test_unknown_files_are_left_alone_also_where_existing_ones_are_delivered(tmp_path: Path, bus: Bus) -> None:
    desk = Desk(tmp_path, bus, watch_existing="deliver")
    desk.write(shot(1))
    await desk.start()
    (message,) = await desk.see()
    await deliver(desk, message)
    lose(desk)
    desk.write(shot(5))
    await rebuild(desk)
    assert paths(await desk.see()) == [shot(1)]
    await desk.start()
    desk.write(shot(6))
    assert paths(await desk.see()) == [shot(1), shot(6)]
    await desk.close()


async def test_a_file_that_came_after_the_look_is_sent(desk: Desk, told: dict[str, FileReady]) -> None:
    loser = Loser(desk)
    await loser.found()
    await loser.ask(LOOK)
    probe = desk.exports.parent.parent / "probe"
    probe.touch()
    while probe.stat().st_mtime_ns <= int(desk.clock.now().timestamp() * 1e9) + 1000:
        probe.touch()
    desk.write(shot(5))
    assert (await loser.ask(RebuildQuestion(step=RebuildStep.GO))).state is Rebuild.DONE
    await loser.end()
    await desk.start()
    assert paths((await desk.see())[4:]) == [shot(5)]


async def test_one_that_failed_is_retried_with_the_next_attempt(desk: Desk, told: dict[str, FileReady]) -> None:
    await rebuild(desk)
    (result,) = (await desk.parts.desk.retry(RetryQuestion(file_id=told[shot(2)].file_id))).results
    assert (result.done, result.attempt) == (True, 2)


async def test_what_was_underway_is_in_the_ledger_with_its_highest_attempt(
    desk: Desk, told: dict[str, FileReady]
) -> None:
    await desk.bus.publish(told[shot(3)].model_copy(update={"attempt": 3}))
    await rebuild(desk)
    underway = {one.path.removeprefix("EXPORTS/"): one.attempt for one in desk.parts.history.underway("", 10)}
    assert underway == {shot(3): 3, shot(4): 1}


async def test_one_that_was_superseded_and_is_there_as_it_was_is_decided_about_anew(
    desk: Desk, told: dict[str, FileReady]
) -> None:
    about = {name: getattr(told[shot(3)], name) for name in FileReady.model_fields}
    await desk.bus.publish(FileSuperseded.model_validate(about | {"why": "overwritten"}))
    assert (await rebuild(desk)).unfinished == 2
    await desk.see()
    again = (await ready_in(desk.bus))[4:]
    assert [(message.path, message.attempt) for message in again] == [(f"EXPORTS/{shot(3)}", 2)]


async def test_one_that_failed_and_is_gone_counts_when_it_comes_back(desk: Desk, told: dict[str, FileReady]) -> None:
    file, kept = desk.exports / shot(2), desk.exports.parent.parent / "kept.mov"
    file.rename(kept)
    await rebuild(desk)
    await desk.see()
    kept.rename(file)
    assert paths((await desk.see())[4:]) == [shot(2)]


async def test_one_that_was_moved_after_it_was_delivered_is_not_sent(desk: Desk, told: dict[str, FileReady]) -> None:
    (desk.exports / "SQ01").mkdir()
    (desk.exports / shot(1)).rename(desk.exports / "SQ01" / shot(1))
    await rebuild(desk, deliver_unknown=True)
    assert paths((await desk.see())[4:]) == [shot(90)]
    assert (await desk.why(f"SQ01/{shot(1)}"))[0] == "moved"


async def test_an_older_copy_of_the_ledger_is_a_lost_one(desk: Desk) -> None:
    await desk.start()
    desk.write(shot(1))
    (message,) = await desk.see()
    await deliver(desk, message)
    desk.stop()
    data = desk.exports.parent.parent / "data"
    shutil.copy(data / FILE_NAME, data.parent / "copy")
    await desk.start()
    desk.write(shot(2))
    (_, second) = await desk.see()
    await deliver(desk, second)
    lose(desk)
    (data.parent / "copy").rename(data / FILE_NAME)
    assert (await rebuild(desk)).delivered == 2
    assert len(await desk.see()) == 2


async def test_a_reading_that_was_cut_short_goes_on_where_it_stood(
    desk: Desk, told: dict[str, FileReady], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "BATCH", 2)
    loser = Loser(desk)
    await loser.found()
    taken = loser.rebuilding._loss.take_over
    calls: list[int] = []

    def break_off(messages: object, sequence: int) -> None:
        calls.append(sequence)
        if len(calls) == 3:
            raise RuntimeError("killed")
        taken(messages, sequence)  # type: ignore[arg-type]

    monkeypatch.setattr(loser.rebuilding._loss, "take_over", break_off)
    assert (await loser.ask(LOOK)).state is Rebuild.LOST
    await loser.end()
    assert (await rebuild(desk)).delivered == 1
    database = Database(desk.exports.parent.parent / "data") if desk._database is None else desk._database
    known = History(database).of_path(f"EXPORTS/{shot(1)}")
    assert [(one.attempt, one.state) for one in known] == [(1, "delivered")]
    assert len(await desk.see()) == 4


async def test_a_volume_that_is_not_believed_is_not_counted(desk: Desk, told: dict[str, FileReady]) -> None:
    loser = Loser(desk)
    await loser.found()
    volume = desk.exports.parent
    volume.rename(volume.parent / "away")
    answer = await loser.ask(LOOK)
    assert (answer.state, "not believed" in answer.problem) == (Rebuild.LOST, True)
    (volume.parent / "away").rename(volume)
    assert (await loser.ask(LOOK)).state is Rebuild.LOOKED
    await loser.end()
