"""Edge: several child processes that are ended together, whatever happens to this one."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from onehost import child
from onehost.child import Child, ChildDied

GRACE_S = 10.0
"""From SIGTERM to SIGKILL."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a polite request, and the terminal that was closed."""


@dataclass(frozen=True, slots=True)
class _Recipe:
    command: tuple[str | Path, ...]
    env: Mapping[str, str]
    log: Path
    cwd: Path | None


class Processes:
    """Children by name. The block's end ends them all: politely, and at once when it is interrupted again."""

    def __init__(self) -> None:
        self.deaths: list[ChildDied] = []
        """Of every child that ended with nobody having asked for it, oldest first."""
        self._recipes: dict[str, _Recipe] = {}
        self._children: dict[str, Child] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._death = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.stop(*self._children)
        finally:
            self.kill_at_once()
            await asyncio.gather(*self._watchers, return_exceptions=True)

    def __getitem__(self, name: str) -> Child:
        return self._children[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._children)

    async def start(
        self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str], log: Path, cwd: Path | None = None
    ) -> Child:
        """Start a child under a name that no running one has. Raises ChildDied when it cannot be started."""
        self._recipes[name] = _Recipe(tuple(command), env, log, cwd)
        return await self.start_again(name)

    async def start_again(self, name: str) -> Child:
        """Start a child that has ended, as it was started before."""
        running = self._children.get(name)
        if running is not None and running.is_running:
            raise ValueError(f"{name} runs already")
        recipe = self._recipes[name]
        started = await child.start(name, recipe.command, env=recipe.env, log=recipe.log, cwd=recipe.cwd)
        self._children[name] = started
        watcher = asyncio.create_task(self._watch(started))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)
        return started

    async def run(
        self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str], log: Path, timeout_s: float
    ) -> None:
        """Run a command to its end. Raises ChildDied when that is no success, TimeoutError when it takes too long."""
        started = await self.start(name, command, env=env, log=log)
        started.was_asked_to_end = True
        try:
            exit_code = await asyncio.wait_for(started.end(), timeout_s)
        except TimeoutError:
            raise TimeoutError("\n".join([f"{name} has not ended in time", *started.last_lines()])) from None
        if exit_code != 0:
            raise started.death()

    async def stop(self, *names: str, grace_s: float = GRACE_S) -> None:
        """All of them at the same time: SIGTERM, then SIGKILL after the grace."""
        await asyncio.gather(*(self._children[name].stop(grace_s) for name in names))

    async def kill(self, *names: str) -> None:
        """SIGKILL."""
        await asyncio.gather(*(self._children[name].kill() for name in names))

    def kill_at_once(self) -> None:
        """SIGKILL to every child, without waiting for anything."""
        for each in self._children.values():
            each.signal(signal.SIGKILL)

    async def restart(self, name: str, *, grace_s: float = GRACE_S) -> Child:
        await self.stop(name, grace_s=grace_s)
        return await self.start_again(name)

    async def death(self) -> ChildDied:
        """Wait until a child dies by itself; the first that did."""
        await self._death.wait()
        return self.deaths[0]

    async def _watch(self, watched: Child) -> None:
        await watched.end()
        if not watched.was_asked_to_end:
            self.deaths.append(watched.death())
            self._death.set()


@asynccontextmanager
async def until_signalled() -> AsyncIterator[None]:
    """Cancel the current task on SIGINT, SIGTERM and SIGHUP, each time one comes, so that its blocks end in order."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    heard = [number for number in SIGNALS if not _is_nohup(number)]
    for number in heard:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)


def _is_nohup(number: signal.Signals) -> bool:
    """Whoever starts us with `nohup` wants us to outlive the terminal."""
    return number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN
