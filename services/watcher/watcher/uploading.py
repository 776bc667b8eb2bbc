"""Edge: the proof that no other machine is still uploading a file: LucidLink says so twice.

Nobody waits here: the daemon is asked on the side, and when it has answered, the file is looked at again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from postflow.logs import get_logger
from watcher.clock import Clock
from watcher.stability import Look
from watcher.uploads import UPLOADING, Heard, Word

logger = get_logger(__name__)

FORGOTTEN_S = 3600.0
"""After its turn a file of which nobody has asked again is one that nobody follows any more."""
TIDY_AT = 10_000
"""So many are kept before those are looked for."""
MOST_PROVED = 10_000
"""A proof that was let go of meanwhile is made anew."""
HOLDS_S = 600.0
"""So long a proof holds, whatever else keeps the file meanwhile, if it does not change."""


class Asks(Protocol):
    @property
    def is_silent(self) -> bool: ...

    async def word(self, path: str) -> Word: ...


@dataclass(slots=True)
class _File:
    heard: Heard
    next_s: float
    asking: bool = False


class Uploading:
    """
    Args:
        lucidlink: None if nobody can be asked; then nothing speaks against any file.
    """

    def __init__(self, lucidlink: Asks | None, clock: Clock) -> None:
        self._lucidlink = lucidlink
        self._clock = clock
        self._files: dict[str, _File] = {}
        self._proved: dict[str, tuple[Look, float]] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._is_over = False
        self._tidy_at = TIDY_AT
        self._look_at: Callable[[str, float], object] = lambda path, at_s: None

    def when_to_look(self, look_at: Callable[[str, float], object]) -> None:
        """Have a path looked at again at a time of the monotonic clock."""
        self._look_at = look_at

    def why_not(self, path: str, look: Look) -> str | None:
        """Why a file that has stopped changing is not to be released yet; None if nothing speaks against it."""
        if self._lucidlink is None:
            return None
        now_s = self._clock.monotonic()
        if self._is_proved(path, look, now_s):
            return None
        file = self._files.get(path) or self._kept(path, look)
        if file.heard.look != look:
            file.heard, file.next_s = file.heard.about(look), now_s
        if file.heard.is_over or (self._lucidlink.is_silent and not file.heard.is_uploading(now_s)):
            del self._files[path]
            self._prove(path, file.heard, now_s)
            return None
        if file.asking or self._is_over:
            return file.heard.why()
        if now_s >= file.next_s:
            self._ask(self._lucidlink, path, file)
        else:
            self._look_at(path, file.next_s)
        return file.heard.why()

    def why(self, path: str, look: Look) -> str:
        """What a person is told of a file that waits for LucidLink; empty if it does not."""
        file = self._files.get(path)
        if file is None or (file.heard.look != look and file.heard.uploading_s is None):
            return ""
        return file.heard.why()

    async def idle(self) -> None:
        """Nobody is asked any more."""
        while self._asking:
            await asyncio.wait(self._asking)

    async def run(self, stop: asyncio.Event) -> None:
        """Ask nobody any more once the service stops."""
        await stop.wait()
        self._is_over = True
        for task in self._asking:
            task.cancel()
        await self.idle()

    def _is_proved(self, path: str, look: Look, now_s: float) -> bool:
        proved, at_s = self._proved.get(path, (None, 0.0))
        return proved == look and now_s < at_s + HOLDS_S

    def _prove(self, path: str, heard: Heard, now_s: float) -> None:
        self._proved.pop(path, None)
        if heard.is_over:
            self._proved[path] = heard.look, now_s
        if len(self._proved) > MOST_PROVED:
            del self._proved[next(iter(self._proved))]

    def _kept(self, path: str, look: Look) -> _File:
        now_s = self._clock.monotonic()
        if len(self._files) >= self._tidy_at:
            self._files = {name: file for name, file in self._files.items() if now_s < file.next_s + FORGOTTEN_S}
            self._tidy_at = max(TIDY_AT, 2 * len(self._files))
        self._files[path] = file = _File(Heard(look), now_s)
        return file

    def _ask(self, lucidlink: Asks, path: str, file: _File) -> None:
        file.asking = True
        task = asyncio.create_task(self._asked(lucidlink, path, file))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _asked(self, lucidlink: Asks, path: str, file: _File) -> None:
        """The answer counts for the file as it was when it was asked."""
        look, asked_s = file.heard.look, self._clock.monotonic()
        try:
            word = await lucidlink.word(path)
        finally:
            file.asking = False
        now_s = self._clock.monotonic()
        if file.heard.look != look:
            file.next_s = now_s
        else:
            self._hear(path, file, file.heard.with_word(word, asked_s=asked_s, answered_s=now_s))
        if self._look_at(path, file.next_s) is False and self._files.get(path) is file:
            del self._files[path]

    def _hear(self, path: str, file: _File, heard: Heard) -> None:
        if heard.why() == UPLOADING != file.heard.why():
            logger.info("another machine is still uploading it", action="uploading", path=path)
        file.heard = heard
        now_s = self._clock.monotonic()
        file.next_s = now_s if heard.is_over else heard.next_s(now_s)
