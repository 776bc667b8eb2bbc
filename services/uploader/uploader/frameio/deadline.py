"""Edge: nothing leaves after its deadline, though the process was stopped in the middle of a call.

A timeout is a callback of the event loop. A process that was stopped and goes on much later may first carry on with
what was ready to be written, and only then learn that its time is over. So the clock is looked at once more where
nothing but the write itself follows: before the request's head and before its body. Without its body no request is
carried out.

Source: httpcore 1.0, `_trace.py` and `_async/http11.py` (read 2026-11): the extension `trace` is called at each step.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from uploader.frameio.errors import FrameioUnavailable

WRITES = ("send_request_headers.started", "send_request_body.started")


def unsent_after(deadline: float, call: str) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    """A request's `trace` that raises FrameioUnavailable instead of letting it out.

    Args:
        deadline: time of the event loop.
    """

    async def look(event: str, _: dict[str, Any]) -> None:
        if event.endswith(WRITES) and asyncio.get_running_loop().time() >= deadline:
            raise FrameioUnavailable(f"there was no time left for {call}")

    return look
