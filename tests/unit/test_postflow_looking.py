"""What is looked at seldom is looked at anew when a person asks."""

import asyncio

from postflow.errors import BusUnavailable
from postflow.looking import REST_S, Looks


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Look:
    def __init__(self, error: Exception | None = None) -> None:
        self.count = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._error = error

    async def __call__(self) -> None:
        self.count += 1
        await self.may_end.wait()
        if self._error is not None:
            raise self._error


async def test_everything_has_been_looked_at_before_the_answer() -> None:
    first, second, looks = Look(), Look(), Looks()
    looks.add(first)
    looks.add(second)
    await looks.anew(within_s=5)
    assert (first.count, second.count) == (1, 1)


async def test_whoever_asks_again_at_once_costs_nothing() -> None:
    look, clock = Look(), Clock()
    looks = Looks(clock)
    looks.add(look)
    await looks.anew(within_s=5)
    clock.now_s += REST_S / 2
    await looks.anew(within_s=5)
    assert look.count == 1
    clock.now_s += REST_S
    await looks.anew(within_s=5)
    assert look.count == 2


async def test_a_long_look_is_not_waited_for_and_goes_on() -> None:
    look, looks = Look(), Looks()
    look.may_end.clear()
    looks.add(look)
    await looks.anew(within_s=0.01)
    asked = asyncio.create_task(looks.anew(within_s=5))
    await asyncio.sleep(0)
    look.may_end.set()
    await asked
    assert look.count == 1


async def test_a_look_that_fails_keeps_nobody_from_answering() -> None:
    failing, broken, well, looks = Look(BusUnavailable("away")), Look(ZeroDivisionError()), Look(), Looks()
    for look in (failing, broken, well):
        looks.add(look)
    await looks.anew(within_s=5)
    assert well.count == 1


async def test_without_anything_to_look_at_nobody_waits() -> None:
    await Looks().anew(within_s=5)
