"""Edge: one child process in a session of its own, whose output goes to a log file."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from onehost import tether

LOOK_S = 0.02
"""How often a log or a port is looked at while something is waited for."""

LAST_LINES = 12


class ChildDied(Exception):
    """A child ended that nobody had asked to end, or could not start. The text says which, how, and its last lines."""

    def __init__(self, name: str, how: str, last_lines: Sequence[str]) -> None:
        super().__init__("\n".join([f"{name} {how}", *last_lines]))
        self.name = name
        self.how = how
        self.last_lines = tuple(last_lines)


class Child:
    """A running or ended process. A signal goes to all of its session."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path, log_start: int) -> None:
        self.name = name
        self.log = log
        self.was_asked_to_end = False
        self._process = process
        self._log_start = log_start

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.returncode

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    def said(self) -> str:
        """What it has written since this start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def last_lines(self) -> list[str]:
        """Of what it has written since this start, set in below whatever says so."""
        return [f"  {line}" for line in self.said().splitlines()[-LAST_LINES:]]

    def death(self) -> ChildDied:
        """How it ended, for a person."""
        return ChildDied(self.name, how_it_ended(self.exit_code), self.last_lines())

    async def line(self, pattern: str, timeout_s: float) -> re.Match[str]:
        """Wait until a line of its log matches. Raises ChildDied, TimeoutError."""
        wanted = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + timeout_s
        while (found := wanted.search(self.said())) is None:
            await self._look_again(deadline, f"said nothing like {pattern!r}")
        return found

    async def port(self, port: int, timeout_s: float, host: str = "127.0.0.1") -> None:
        """Wait until it accepts connections there. Raises ChildDied, TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while not await _accepts(host, port):
            await self._look_again(deadline, f"does not listen on port {port}")

    async def end(self) -> int:
        """Wait until it has ended, for whatever reason; its exit code."""
        return await self._process.wait()

    async def stop(self, grace_s: float) -> None:
        """SIGTERM; after the grace SIGKILL."""
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), grace_s)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Returns at once. From now on its end surprises nobody."""
        self.was_asked_to_end = True
        if self.is_running:
            with suppress(ProcessLookupError, PermissionError):  # the latter is macOS, of one that has just ended
                os.killpg(self.pid, number)

    async def _look_again(self, deadline: float, trouble: str) -> None:
        if not self.is_running:
            raise self.death()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{self.name} {trouble} in time")
        await asyncio.sleep(LOOK_S)


async def start(
    name: str, command: Sequence[str | Path], *, env: Mapping[str, str], log: Path, cwd: Path | None = None
) -> Child:
    """Start a child. Its output is appended to the log.

    Raises:
        ChildDied: it cannot be started (on Linux that shows a moment later, as its death).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        log_start = output.tell()
        try:
            process = await asyncio.create_subprocess_exec(
                *_tethered([str(part) for part in command]),
                env=dict(env),
                cwd=cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as error:
            raise ChildDied(name, f"cannot be started: {error.strerror}", []) from error
    return Child(name, process, log, log_start)


def python(module: str) -> tuple[str, ...]:
    """The command of a module, run by our own interpreter; what lies in the working directory is not imported."""
    return (sys.executable, "-P", "-m", module)


def how_it_ended(exit_code: int | None) -> str:
    if exit_code is None:
        return "runs"
    if exit_code < 0:
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code}"


def _tethered(command: list[str]) -> list[str]:
    if sys.platform != "linux":
        return command
    return [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *command]


async def _accepts(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
