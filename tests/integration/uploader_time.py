"""Edge: uploaders that are stopped at the worst moment, and the time that passes meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postflow.errors import NotYet
from postflow.messages import Message
from postflow.reading import Delivery
from uploader.deliver import Deliver


class Clock:
    """The real time, moved on by every wait that an uploader asks for."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_by(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class Asleep:
    """Stops an uploader right before its POST leaves, or right after it was answered, until somebody wakes it."""

    def __init__(self, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, *, after_the_post: bool) -> None:
        self.reached = asyncio.Event()
        self.wake = asyncio.Event()
        uploads = deliver._posting._uploads
        post = uploads.remote_upload

        async def post_and_sleep(*arguments: Any, **named: Any) -> Any:
            if not after_the_post:
                await self._sleep()
            answer = await post(*arguments, **named)
            if after_the_post:
                await self._sleep()
            return answer

        monkeypatch.setattr(uploads, "remote_upload", post_and_sleep)

    async def _sleep(self) -> None:
        self.reached.set()
        await self.wake.wait()


async def until_settled(deliver: Deliver, message: Message, clock: Clock, *, counting_from: int = 2) -> None:
    """Deliver as the bus would, again and again, letting the time pass that it asks for."""
    async with asyncio.timeout(30):
        for count in range(counting_from, counting_from + 40):
            try:
                await deliver(Delivery(message, sequence=1, count=count))
            except NotYet as wait:
                clock.pass_by(wait.retry_after_s or 1.0)
                await asyncio.sleep(0.05)
            else:
                return
    raise AssertionError("it never settled")
