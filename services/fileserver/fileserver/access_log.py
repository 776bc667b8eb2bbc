"""Edge: the access log: a line for each request, on disk before anything of a film leaves.

What is asked for at the same time is written and synced together.

Order of writes: lines, sync, then the last link in memory, and each minute in NATS (`remembering.py`).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fileserver.access_files import AccessFiles
from postflow.chain import Link
from postflow.checks import Check
from postflow.errors import RetryableError, SettingsError
from postflow.logs import get_logger
from postflow.threads import in_thread

logger = get_logger(__name__)

MOST_WAITING = 10_000
"""Lines that wait for a disk that takes none; what is more is counted, and the count stands in a later line."""
AGAIN_S = 1.0
PATIENCE_S = 20.0
"""For a disk that neither takes a line nor refuses it."""
HANGS = "the disk does not answer"
MAKE_ROOM = "Give the disk of FILESERVER_DATA room, or let the service's user write there; it goes on by itself."

LAST_LINES_S = 3.0
"""For the lines that still wait when the service ends."""

Fields = Mapping[str, object]


@asynccontextmanager
async def keeping(
    files: AccessFiles, remembered: Link | None, remember: Callable[[Callable[[], Link]], Awaitable[None]]
) -> AsyncIterator["AccessLog"]:
    """The log, open for as long as a block lasts.

    Args:
        remember: told of the last line at the end.

    Raises:
        SettingsError: the folder cannot be used.
    """
    log = AccessLog(files)
    log.open(remembered)
    writing = asyncio.create_task(log.run())
    try:
        yield log
    finally:
        log.close()
        await asyncio.wait((writing,), timeout=LAST_LINES_S)
        writing.cancel()
        await remember(lambda: log.last)
        files.close()


class AccessLogUnavailable(RetryableError):
    """A line could not be written. Nothing of a film may leave that is not in the log."""


@dataclass(frozen=True, slots=True)
class _Line:
    """
    Attributes:
        written: who waits for it; such a line is not tried again.
    """

    fields: Fields
    written: "asyncio.Future[None] | None" = None

    @property
    def is_given_up(self) -> bool:
        return self.written is not None and self.written.cancelled()


class AccessLog:
    """To be used from one event loop."""

    def __init__(self, files: AccessFiles) -> None:
        self._files = files
        self._waiting: list[_Line] = []
        self._woken = asyncio.Event()
        self._trouble = ""
        self._writes_since_s: float | None = None
        self._lost = 0
        self._is_over = False

    def open(self, remembered: Link | None) -> None:
        """Go on where the log ends. If it does not hold the line that NATS remembers, the next line hangs from that
        one, so that what is missing or was written anew shows for as long as the log is kept.

        Raises:
            SettingsError: the folder cannot be written to, or another fileserver writes there.
        """
        try:
            self._files.open()
            is_ours = remembered is None or self._files.holds(remembered)
        except OSError as error:
            raise SettingsError([f"FILESERVER_DATA: cannot be used: {error.strerror or error}. {MAKE_ROOM}"]) from error
        if remembered is not None and not is_ours:
            facts = {"ends_at": self.last.number, "remembered": remembered.number}
            what = "its end is missing" if remembered.number > self.last.number else "it was written anew"
            logger.error("the access log is not as it was", action="access_log_changed", why=what, **facts)
            self._files.last = Link(number=max(remembered.number, self.last.number), hash=remembered.hash)

    @property
    def last(self) -> Link:
        """Of the last line that is on disk."""
        return self._files.last

    def soon(self, fields: Fields) -> None:
        """Write a line as soon as that is possible."""
        if len(self._waiting) >= MOST_WAITING:
            self._lost += 1
        else:
            self._take(_Line(fields))

    async def now(self, fields: Fields) -> None:
        """Return when the line is on disk. Raises AccessLogUnavailable: nobody may rely on it."""
        if trouble := self._present_trouble():
            raise AccessLogUnavailable(trouble)
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._take(_Line(fields, written))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await written
        except TimeoutError:
            raise AccessLogUnavailable(HANGS) from None

    def check(self) -> Check:
        if trouble := self._present_trouble():
            return Check(False, f"the access log cannot be written, so nothing is sent: {trouble}", MAKE_ROOM)
        return Check(True, f"{self.last.number:,} lines")

    async def run(self) -> None:
        """Write until `close`. What should never happen ends it, and is told to whoever waits or asks."""
        try:
            await self._run()
        except Exception as error:
            logger.exception("the access log is written no more", action="access_log_broken")
            self._trouble = f"a defect has ended its writing ({type(error).__name__}); restart the fileserver"

    async def _run(self) -> None:
        while not (self._is_over and not self._waiting):
            await self._woken.wait()
            self._woken.clear()
            batch, self._waiting = [line for line in self._waiting if not line.is_given_up], []
            if batch and not await self._write(batch):
                if self._is_over:
                    return
                await asyncio.sleep(AGAIN_S)

    def close(self) -> None:
        """There are no more lines: `run` ends once those that wait are written, or cannot be."""
        self._is_over = True
        self._woken.set()

    def _present_trouble(self) -> str:
        since_s = self._writes_since_s
        hangs = since_s is not None and time.monotonic() - since_s >= PATIENCE_S
        return HANGS if hangs else self._trouble

    def _take(self, line: _Line) -> None:
        self._waiting.append(line)
        self._woken.set()

    async def _write(self, batch: list[_Line]) -> bool:
        lost, entries = self._lost, [line.fields for line in batch]
        if lost:
            entries[0] = {**entries[0], "lines_lost_before": lost}
        self._writes_since_s = time.monotonic()
        try:
            await in_thread(self._files.append, entries)
        except OSError as error:
            self._give_up(batch, error.strerror or type(error).__name__)
            return False
        except RuntimeError as error:  # there was no thread for it
            self._give_up(batch, str(error))
            return False
        finally:
            self._writes_since_s = None
        if self._trouble:
            logger.warning("the access log is written again", action="access_log_back")
        self._trouble, self._lost = "", self._lost - lost
        for line in batch:
            if line.written is not None and not line.written.done():
                line.written.set_result(None)
        return True

    def _give_up(self, batch: list[_Line], why: str) -> None:
        """Who waits for a line is told so; the other lines are tried again, before any newer one."""
        again = [line for line in batch if line.written is None]
        if not self._trouble:
            logger.error("cannot write the access log", action="access_log_failed", why=why, what_to_do=MAKE_ROOM)
            again.append(_Line({"event": "trouble", "at": self._files.at(), "why": why}))
        self._trouble = why
        for line in batch:
            if line.written is not None and not line.written.done():
                line.written.set_exception(AccessLogUnavailable(why))
        self._waiting = again + self._waiting
        self._woken.set()
