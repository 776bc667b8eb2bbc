"""Waits end with what is waited for, or with the stop, and leave nothing behind."""

import asyncio
from typing import Literal

import pytest

from postflow.waiting import Stopped, unless, until_set


async def test_what_comes_before_the_stop_is_handed_over() -> None:
    assert await unless(asyncio.Event(), asyncio.sleep(0, "here")) == "here"


async def test_what_fails_before_the_stop_fails_for_whoever_waits() -> None:
    async def broken() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await unless(asyncio.Event(), broken())


async def test_a_stop_ends_the_wait_and_what_was_waited_for() -> None:
    stop, ended = asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        try:
            stop.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(Stopped):
        await unless(stop, endless())
    assert ended.is_set()


async def test_whoever_is_cancelled_while_it_waits_leaves_nothing_running() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(unless(asyncio.Event(), endless()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_whoever_is_cancelled_while_it_tidies_up_is_cancelled() -> None:
    """Else a service that is told to end goes on."""
    tidying, tidied = asyncio.Event(), asyncio.Event()

    class SlowToEnd(asyncio.Event):
        async def wait(self) -> Literal[True]:
            try:
                return await super().wait()
            finally:
                tidying.set()
                await tidied.wait()

    waiting = asyncio.create_task(unless(SlowToEnd(), asyncio.sleep(0.001, "here")))
    await tidying.wait()
    waiting.cancel()
    asyncio.get_running_loop().call_soon(tidied.set)
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_wait_for_an_event_ends_when_it_is_set_or_the_time_is_over() -> None:
    event = asyncio.Event()
    await until_set(event, 0.001)
    asyncio.get_running_loop().call_soon(event.set)
    async with asyncio.timeout(5):
        await until_set(event, None)


@pytest.mark.parametrize("turns", range(4))
async def test_whoever_is_cancelled_just_as_the_event_comes_is_cancelled(turns: int) -> None:
    """Else whoever told it to end waits for as long as it goes on."""
    event = asyncio.Event()
    waiting = asyncio.create_task(until_set(event, 60))
    for _ in range(3):
        await asyncio.sleep(0)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    was_asked_to = waiting.cancel()
    await asyncio.wait((waiting,))
    assert waiting.cancelled() == was_asked_to
