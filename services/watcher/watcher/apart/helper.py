"""Edge: a child process that answers, one question at a time: fed, waited for within reason, killed and replaced."""

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any

from postflow.errors import RetryableError
from postflow.logs import get_logger
from watcher.apart.child import ALIVE

logger = get_logger(__name__)

PATIENCE_S = 20.0
"""For one call. Cold blocks of a filespace come over the internet."""
LONGEST_S = 300.0
"""For all the calls of one question, as long as each comes back."""
MOST_HUNG = 4
"""Children that were killed and have not ended. The kernel lets none end before the mount has answered it."""

_STEP_S = 0.25
"""Between two looks at whether the helper was closed, while it waits for an answer."""
_PIECE_BYTES = 65536


class Silent(RetryableError):
    """The mount did not answer in time."""


class Ended(RetryableError):
    """The process that asks does not run."""


def command(root: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "watcher.apart.child", root)


class Hung:
    """Children that were given up. May be asked from any thread."""

    def __init__(self) -> None:
        self._processes: list[tuple[subprocess.Popen[bytes], object]] = []

    def add(self, process: subprocess.Popen[bytes], about: object = None) -> None:
        """
        Args:
            about: what it was asked about.
        """
        self._processes.append((process, about))

    def count(self) -> int:
        self._processes = [one for one in self._processes if one[0].poll() is None]
        return len(self._processes)

    def hangs_over(self, about: object) -> bool:
        """Whether one of them was asked about this."""
        return self.count() > 0 and any(held == about for _, held in self._processes)

    @property
    def are_too_many(self) -> bool:
        return self.count() >= MOST_HUNG


class Helper:
    """To be asked from one thread at a time."""

    def __init__(
        self, command: Sequence[str], hung: Hung, *, patience_s: float = PATIENCE_S, longest_s: float = LONGEST_S
    ) -> None:
        self._command = command
        self.hung = hung
        self._patience_s = patience_s
        self._longest_s = longest_s
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._is_over = False

    def ask(self, kind: str, *arguments: object) -> Any:
        """Blocks as long as the calls come back, or the patience lasts. Raises Silent or Ended."""
        question = json.dumps([kind, *arguments]).encode() + b"\n"
        with self._turn:
            try:
                process = self._started()
                if process is None:
                    raise Silent("too many reads hang already")
                _stdin(process).write(question)
                return self._answer(process, arguments[0] if arguments else None)
            except OSError as error:
                self._drop()
                raise Ended(f"the process that reads does not run: {error.strerror}") from error

    def start(self) -> None:
        """So that the first question need not wait for it."""
        with self._turn, suppress(OSError):
            self._started()

    def rest(self) -> None:
        """Let the child go; the next question starts another."""
        with self._turn:
            self._drop()

    def end(self) -> None:
        """Let the child go for good, whatever it does, also while it is asked."""
        self._is_over = True
        process = self._process
        if process is not None:
            process.kill()
        self.rest()

    def _started(self) -> subprocess.Popen[bytes] | None:
        """The child; None if there shall be none. Raises OSError."""
        if self._process is not None and self._process.poll() is not None:
            self._drop()
        if self._process is None and not (self._is_over or self.hung.are_too_many):
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], about: object) -> Any:
        began_s = alive_s = time.monotonic()
        poll = select.poll()
        poll.register(_stdout(process), select.POLLIN)
        said = b""
        while not self._is_over:
            if poll.poll(_STEP_S * 1000):
                if not (piece := _stdout(process).read(_PIECE_BYTES)):
                    break
                said, alive_s = (said + piece).replace(ALIVE, b""), time.monotonic()
                if said.endswith(b"\n"):
                    return json.loads(said)
            now_s = time.monotonic()
            if now_s - alive_s > self._patience_s or now_s - began_s > self._longest_s:
                self._drop(about)
                logger.warning("a read hangs", action="read_hangs", hung=self.hung.count())
                raise Silent(f"no answer within {self._patience_s:g} s")
        self._drop()
        raise Ended("the process that reads it has ended")

    def _drop(self, about: object = None) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (_stdin(process), _stdout(process)):
            with suppress(OSError):
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STEP_S)
        self.hung.add(process, about)


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin


def _stdout(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout
