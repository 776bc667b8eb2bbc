"""Edge: calls in threads that may be left behind: one on a mount that hangs cannot be interrupted.

`asyncio.to_thread` has few threads for everybody, and the end of the process waits for all of them, as it does for
those of a `ThreadPoolExecutor`.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, ParamSpec, TypeVar

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


class Pool:
    """A few threads for many calls, for which the end of the process does not wait.

    Args:
        most: threads; made as they are needed, and kept.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._waiting: SimpleQueue[_Call[Any] | None] = SimpleQueue()
        self._changing = threading.Lock()
        self._count = 0
        self._unfinished = 0
        self._is_closed = False

    def submit(self, call: Callable[[], T]) -> "Future[T]":
        """From any thread. Raises RuntimeError when it is closed, or has no thread and is given none."""
        asked = _Call(call)
        with self._changing:
            if self._is_closed:
                raise RuntimeError(f"nothing more is begun by the {self._name}s")
            self._waiting.put(asked)
            self._unfinished += 1
            if self._count < min(self._unfinished, self._most) and not self._has_added_thread() and self._count == 0:
                asked.future.cancel()
                raise RuntimeError(f"there is no {self._name}, and the machine gives no thread for one")
        return asked.future

    def close(self) -> None:
        """What was not begun is cancelled; what was begun goes on."""
        unbegun = []
        with self._changing:
            self._is_closed = True
            with suppress(Empty):
                while (asked := self._waiting.get_nowait()) is not None:
                    unbegun.append(asked)
            for _ in range(self._count):
                self._waiting.put(None)
        for asked in unbegun:
            asked.future.cancel()  # whoever hears of it may ask for more, and is refused

    def _has_added_thread(self) -> bool:
        """A container may have no more of them: then those that are there have to do."""
        thread = threading.Thread(target=self._work, name=f"{self._name}-{self._count + 1}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._count += 1
        return True

    def _work(self) -> None:
        while (asked := self._waiting.get()) is not None:
            asked.carry_out()
            del asked  # else what it holds is held until the next one comes
            with self._changing:
                self._unfinished -= 1


class _Call(Generic[T]):
    def __init__(self, call: Callable[[], T]) -> None:
        self.future: Future[T] = Future()
        self._call = call

    def carry_out(self) -> None:
        if self.future.set_running_or_notify_cancel():
            try:
                answer = self._call()
            except BaseException as error:
                self.future.set_exception(error)
            else:
                self.future.set_result(answer)
