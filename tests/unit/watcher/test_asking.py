"""How the volume is asked when it may never answer."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from tests.unit.watcher.fakes import FakeClock
from watcher.asking import MOST_LEFT, Asking
from watcher.volume import Unanswered


class Mount:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked = 0

    def ask(self) -> str:
        self.asked += 1
        self.answers.wait()
        return "here"


@pytest.fixture
def mount() -> Iterator[Mount]:
    made = Mount()
    yield made
    made.answers.set()


async def until(mount: Mount, asked: int) -> None:
    async with asyncio.timeout(5):
        while mount.asked < asked:
            await asyncio.sleep(0.001)


async def test_it_tells_for_how_long_somebody_has_waited(mount: Mount) -> None:
    asking = Asking(clock := FakeClock())
    assert asking.unanswered_s == 0
    first = asyncio.create_task(asking.patiently(mount.ask))
    await until(mount, 1)
    clock.passed_s = 70
    second = asyncio.create_task(asking.patiently(mount.ask))
    await until(mount, 2)
    assert asking.unanswered_s == 70
    mount.answers.set()
    assert set(await asyncio.gather(first, second)) == {"here"}
    assert asking.unanswered_s == 0


async def test_somebody_in_a_hurry_is_told_that_there_is_no_answer(mount: Mount) -> None:
    asking = Asking(clock := FakeClock(), soon_s=0.01)
    with pytest.raises(Unanswered, match=r"no answer within 0\.01 s"):
        await asking.soon(mount.ask)
    clock.passed_s = 30
    assert asking.unanswered_s == 30
    assert await asking.soon(lambda: "there") == "there"


async def test_while_many_questions_are_left_behind_nobody_asks_one_more(mount: Mount) -> None:
    asking = Asking(FakeClock(), soon_s=0.01)
    for _ in range(MOST_LEFT):
        with pytest.raises(Unanswered, match="no answer within"):
            await asking.soon(mount.ask)
    with pytest.raises(Unanswered, match="have not been answered yet"):
        await asking.soon(mount.ask)
    assert mount.asked == MOST_LEFT
    mount.answers.set()
    async with asyncio.timeout(5):
        while asking.unanswered_s or not await answered(asking):
            await asyncio.sleep(0.001)


async def answered(asking: Asking) -> bool:
    try:
        return await asking.soon(lambda: True)
    except Unanswered:
        return False
