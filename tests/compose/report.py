"""Edge: what was checked, a line each, and how it went."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.compose.shell import Failed

END_OF_WHY = 1500


class Broken(Exception):
    """What follows needs what has just failed."""


class Report:
    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self._failures: list[str] = []
        self._began_s = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began_s:6.1f} s  {text}", flush=True)

    @contextmanager
    def check(self, what: str, *, vital: bool = False) -> Iterator[None]:
        """One check. Raises Broken when it fails and is vital, else goes on with the next."""
        try:
            yield
        except (AssertionError, Failed) as error:
            self.fail(what, error)
            if vital:
                raise Broken(what) from error
        else:
            self.passed += 1
            self.say(f"ok  {what}")

    def fail(self, what: str, error: Exception) -> None:
        self.failed += 1
        self.say(f"FAILED  {what}")
        print(str(error) or repr(error), file=sys.stderr, flush=True)
        self._failures.append(f"FAILED  {what}: {str(error)[-END_OF_WHY:] or repr(error)}")

    def close(self) -> int:
        """What failed once more, for whoever reads the end alone, and the closing line. Returns the exit status."""
        for failure in self._failures:
            print(failure, flush=True)
        print(f"compose: {self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0
