"""Edge: calls in threads that may be left behind: one on a mount that hangs cannot be interrupted.

`asyncio.to_thread` has few threads for everybody, and the end of the process waits for all of them.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


async def in_thread(call: Callable[P, R], /, *arguments: P.args, **named: P.kwargs) -> R:
    """As `asyncio.to_thread`, in a thread of its own, for which the end of the process does not wait."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[R] = loop.create_future()
    context = contextvars.copy_context()

    def carry_out() -> None:
        try:
            answer = context.run(call, *arguments, **named)
        except BaseException as error:
            _tell(loop, answered, answered.set_exception, error)
        else:
            _tell(loop, answered, answered.set_result, answer)

    threading.Thread(target=carry_out, name="may-hang", daemon=True).start()
    return await answered


def _tell(loop: asyncio.AbstractEventLoop, answered: "asyncio.Future[R]", tell: Callable[[T], object], said: T) -> None:
    def unless_nobody_waits() -> None:
        if not answered.done():
            tell(said)

    with suppress(RuntimeError):  # the loop is closed: nobody waits
        loop.call_soon_threadsafe(unless_nobody_waits)
