"""Edge: events of the local kernel, as a hint to look earlier.

Only what is written on this very host raises events; what other machines write to the filespace raises none. Events
are lost when their queue overflows, a name that is not UTF-8 ends the whole watch, and a filesystem that is unmounted
takes it away without a word: so it is begun again, and whatever ends it, the scan goes on.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import watchfiles

from postflow.logs import get_logger
from postflow.threads import in_thread

logger = get_logger(__name__)

STEP_MS = 5
"""An event is told after one or two such steps without another; each costs the kernel a wake-up."""
LONGEST_BATCH_MS = 50
FIRST_WORD_MS = 500
"""It says something so often, if only that there is nothing: the first word means that it hears."""
DEAF_LOOK_WORDS = 10
"""So many words apart it is looked whether it hears still."""
SHORTEST_BREAK_S = 0.2
LONGEST_BREAK_S = 60.0


class Events:
    """Hears of changes below the folders that `folders` gives.

    Args:
        hint: takes the absolute path of what may have changed.
        look_around: called when hearing has begun, since nobody was listening before.
    """

    def __init__(
        self, folders: Callable[[], Sequence[Path]], hint: Callable[[str], None], look_around: Callable[[], None]
    ) -> None:
        self._folders = folders
        self._hint = hint
        self._look_around = look_around
        self._again = asyncio.Event()

    def listen_anew(self) -> None:
        """The folders are others now."""
        self._again.set()

    async def run(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        break_s = SHORTEST_BREAK_S
        while not stop.is_set():
            began_s = loop.time()
            self._again.clear()
            folders = self._folders()
            if folders:
                await self._listen(folders, stop)
            lasted = loop.time() - began_s > LONGEST_BREAK_S
            break_s = SHORTEST_BREAK_S if lasted or self._again.is_set() else min(break_s * 2, LONGEST_BREAK_S)
            if not self._again.is_set():
                await self._pause(stop, break_s)

    async def _pause(self, stop: asyncio.Event, break_s: float) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (stop, self._again)]
        await asyncio.wait(waits, timeout=break_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _listen(self, folders: Sequence[Path], stop: asyncio.Event) -> None:
        """In a thread of its own: to begin takes as long as a walk over every folder."""
        until = _Either(stop, self._again)
        try:
            await in_thread(self._hear, folders, until, asyncio.get_running_loop())
        except Exception as error:
            # Whatever it is, among it what watchfiles raises for one bad name: the scan does not need it.
            logger.info("local events ended", action="events_ended", why=f"{type(error).__name__}: {error}")
        finally:
            until.set()

    def _hear(self, folders: Sequence[Path], until: "_Either", loop: asyncio.AbstractEventLoop) -> None:
        heard = watchfiles.watch(
            *folders,
            watch_filter=None,
            debounce=LONGEST_BATCH_MS,
            step=STEP_MS,
            stop_event=until,
            rust_timeout=FIRST_WORD_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=False,
            ignore_permission_denied=True,
        )
        for word, changes in enumerate(heard):
            if until.is_set():
                return
            paths = [path for _, path in changes]
            loop.call_soon_threadsafe(self._take, paths, word == 0)
            if word % DEAF_LOOK_WORDS == DEAF_LOOK_WORDS - 1 and _is_deaf():
                logger.info("local events ended", action="events_ended", why="what was listened to was unmounted")
                return

    def _take(self, paths: Sequence[str], is_first: bool) -> None:
        if is_first:
            self._look_around()
        for path in paths:
            self._hint(path)


class _Either:
    """Set when one of its events is, or it is itself: watchfiles asks one object whether to end."""

    def __init__(self, *events: asyncio.Event) -> None:
        self._events = events
        self._own = False

    def is_set(self) -> bool:
        return self._own or any(event.is_set() for event in self._events)

    def set(self) -> None:
        self._own = True


def _is_deaf() -> bool:
    """Whether the kernel has taken every watch away: it does when what is watched is unmounted, and watchfiles says
    nothing of it. Source: Linux, proc(5), `fdinfo`; other systems have no such table."""
    is_there = False
    for place in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):
            if str(place.readlink()) == "anon_inode:inotify":
                is_there = True
                if "inotify wd:" in _beginning(place.name):
                    return False
    return is_there


def _beginning(descriptor: str) -> str:
    """There is a line for each folder, and one is enough."""
    with Path(f"/proc/self/fdinfo/{descriptor}").open("rb", buffering=0) as facts:
        return facts.read(4096).decode(errors="replace")
