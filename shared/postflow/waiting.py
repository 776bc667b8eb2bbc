"""Edge: waits that end with the service."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from postflow.errors import PostFlowError

T = TypeVar("T")


class Stopped(PostFlowError):
    """The service was asked to stop meanwhile."""


async def unless(stop: asyncio.Event, wanted: Awaitable[T]) -> T:
    """Wait for `wanted`, but not past `stop`: then it is cancelled.

    Raises:
        Stopped: `stop` was set before it came.
    """
    work = asyncio.ensure_future(wanted)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise Stopped("asked to stop while waiting")
    finally:
        await _ended([task for task in (work, stopped) if not task.done()])


async def _ended(tasks: list[asyncio.Future[Any]]) -> None:
    """Cancel them and wait for it. Should we be cancelled ourselves meanwhile, that is not taken for theirs."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # else it is told as one that nobody asked for


async def until_set(event: asyncio.Event, most_s: float | None) -> None:
    """Wait until the event is set, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(most_s):  # `wait_for` of Python 3.11 forgets who cancels us just as it comes
            await event.wait()
