"""Edge: other rules come into force while the watcher runs.

What was released goes where it was to go then. What waits is decided about under the new rules, and so is what the old
ones turned away; a watch folder that is new is looked through first, as at a start.

The order: what was turned away is judged again, the baselines begin, then the rules are in force. A crash in between
does the same once more at the next start; so does a ledger that fails, at the next look at the file.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from postflow.logs import get_logger
from postflow.routing import InForce, Rules, WatchFolder
from watcher.baseline import Existing
from watcher.clock import Clock, wall_ns
from watcher.turns import Turns

logger = get_logger(__name__)

PATIENCE_S = 10.0
"""For looks at the volume that are underway; with a mount that hangs the rules wait, and say so."""


class Before(Protocol):
    """Raises LedgerUnavailable."""

    def begin(self, watch_folders: Iterable[WatchFolder], default: Existing, now_ns: int) -> None: ...


class Judges(Protocol):
    """Raises LedgerUnavailable."""

    def judge_again(self, rules: Rules) -> list[str]: ...


class Walks(Protocol):
    def rules_changed(self) -> None: ...


class Follows(Protocol):
    def forget(self, path: str) -> None: ...


class Renewal:
    """
    Args:
        existing: WATCH_EXISTING.
        taken: called when the rules are in force.
    """

    def __init__(
        self,
        in_force: InForce,
        before: Before,
        release: Judges,
        walking: Walks,
        attention: Follows,
        turns: Turns,
        clock: Clock,
        *,
        existing: Existing,
        taken: Callable[[], None],
    ) -> None:
        self._in_force = in_force
        self._before = before
        self._release = release
        self._walking = walking
        self._attention = attention
        self._turns = turns
        self._clock = clock
        self._existing: Existing = existing
        self._taken = taken

    async def take(self, rules: Rules) -> None:
        """Raises RetryableError: the rules of before are in force still."""
        watch_folders = [watch for _, watch in rules.watch_folders]
        async with self._turns.alone(PATIENCE_S):
            reopened = await asyncio.to_thread(self._release.judge_again, rules)
            await asyncio.to_thread(self._before.begin, watch_folders, self._existing, wall_ns(self._clock))
            self._in_force.put(rules)
            self._walking.rules_changed()
            for path in reopened:
                self._attention.forget(path)
        self._taken()
        logger.info("decides by other rules", action="rules_taken", judged_again=len(reopened))
