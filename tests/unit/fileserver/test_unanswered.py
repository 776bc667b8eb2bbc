"""How many questions about one file may have no answer, and who waits for a turn."""

import asyncio
from concurrent.futures import Future

import pytest

from fileserver.troubles import DiskTrouble
from fileserver.unanswered import HANGS_S, Unanswered


class Clock:
    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


async def asked(looks: Unanswered, count: int, path: str = "a.mov") -> list[Future[None]]:
    questions = [Future[None]() for _ in range(count)]
    await turn(looks, path)
    looks.add(path, questions)
    return questions


async def turn(looks: Unanswered, path: str = "a.mov") -> None:
    await looks.turn(path, patience_s=100, hangs_s=HANGS_S)


async def test_who_asks_for_a_slow_file_waits_for_a_turn() -> None:
    looks = Unanswered(2, monotonic=Clock())
    first, _ = await asked(looks, 2)
    waiting = asyncio.create_task(turn(looks))
    await asyncio.sleep(0)
    assert not waiting.done()
    first.set_result(None)
    async with asyncio.timeout(5):
        await waiting


async def test_who_asks_for_one_that_hangs_does_not() -> None:
    clock = Clock()
    looks = Unanswered(2, monotonic=clock)
    await asked(looks, 2)
    clock.s += HANGS_S
    with pytest.raises(DiskTrouble, match="it hangs: 2 questions"):
        await turn(looks)
    await turn(looks, "b.mov")


async def test_one_question_that_hangs_keeps_nobody_waiting() -> None:
    clock = Clock()
    looks = Unanswered(2, monotonic=clock)
    await asked(looks, 1)
    clock.s += HANGS_S
    await turn(looks)


async def test_whoever_would_rather_wait_does_so_as_long_as_its_patience_lasts() -> None:
    clock = Clock()
    looks = Unanswered(1, monotonic=clock)
    (hanging,) = await asked(looks, 1)
    clock.s += 10 * HANGS_S
    waiting = asyncio.create_task(looks.turn("a.mov", patience_s=100))
    await asyncio.sleep(0)
    assert not waiting.done()
    hanging.set_result(None)
    async with asyncio.timeout(5):
        await waiting
    await asked(looks, 1)
    with pytest.raises(DiskTrouble):
        await looks.turn("a.mov", patience_s=0)


async def test_a_file_that_answered_leaves_nothing_behind() -> None:
    looks = Unanswered(1, monotonic=Clock())
    (question,) = await asked(looks, 1)
    question.set_exception(OSError())
    await asyncio.sleep(0)
    assert looks._asked == {}


async def test_an_answer_is_heard_while_others_come_to_wait() -> None:
    """Whoever waits for another file must not make this one's answer unheard."""
    looks = Unanswered(1, monotonic=Clock())
    (answered,), _ = await asked(looks, 1), await asked(looks, 1, "b.mov")
    waiting = asyncio.create_task(turn(looks))
    answered.set_result(None)
    other = asyncio.create_task(turn(looks, "b.mov"))
    async with asyncio.timeout(5):
        await waiting
    assert not other.done()
    other.cancel()
