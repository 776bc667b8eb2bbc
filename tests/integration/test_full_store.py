"""What is not begun while NATS nears the end of its room, and goes on by itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.desk import DeliverQuestion, WaitingQuestion
from postflow.fullness import RELEASE_NOTHING, Brake, Fullness
from postflow.store import Store, permit
from tests.integration.watcher_rig import QUIET_S, Desk, ready_in, shot
from watcher.holding import Holding

FULL = "NATS keeps 8.5 GB of 10.0 GB, 85%: nothing more is released"


@pytest.fixture
async def desk(tmp_path: Path, bus: Bus) -> AsyncIterator[Desk]:
    made = Desk(tmp_path, bus)
    await made.start()
    yield made
    made.stop()


async def test_the_brake_follows_what_the_server_keeps(bus: Bus) -> None:
    store = Store(bus.jetstream, 1_000_000)
    brake = store.brake(0.5, "nothing more is begun")
    changes: list[bool] = []
    store.when_changed(lambda: changes.append(brake.is_on))
    await store.look()
    assert not brake.is_on
    for _ in range(6):
        await bus.publish_raw("postflow.condition.test.one", bytes(100_000), {})
    await store.look()
    await store.look()
    assert changes == [True]
    await bus.jetstream.purge_stream("POSTFLOW")
    await store.look()
    assert changes == [True, False]


async def test_who_asks_for_a_permit_waits_until_the_brake_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postflow.store.PERMIT_LOOK_S", 0.01)
    brake, asked = Brake(RELEASE_NOTHING, ""), asyncio.Event()
    brake.see(Fullness(9, 10))

    async def other() -> None:
        asked.set()

    waiting = asyncio.ensure_future(permit(brake, other)())
    await asked.wait()
    await asyncio.sleep(0)
    assert not waiting.done()
    brake.see(Fullness(1, 10))
    await asyncio.wait_for(waiting, 5)


async def test_with_too_little_room_nothing_is_released_and_everybody_can_see_why(desk: Desk) -> None:
    desk.pauses = Holding(full=FULL)
    file = desk.write(shot(1))
    assert await desk.see() == []
    assert (await desk.parts.desk.waiting(WaitingQuestion())).files[0].why == FULL
    answer = await desk.parts.desk.deliver(DeliverQuestion(path=str(file)))
    assert (answer.done, answer.said) == (False, FULL)
    assert "NATS_MAX_FILE_STORE" in answer.what_to_do
    desk.pauses = Holding()
    desk.parts.following.resume()
    await desk.pass_time(QUIET_S)
    assert len(await ready_in(desk.bus)) == 1
