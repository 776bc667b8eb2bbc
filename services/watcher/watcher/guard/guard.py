"""Edge: may anything be concluded from what the volume shows?

A filespace whose daemon dies answers with an error, one that is unmounted is an empty folder without one, or whatever
lies below it, one whose daemon hangs gives no answer at all, and another one may be mounted in its place. So it is
asked in a process apart, within a time, and what it is is remembered once what we watch was found on it.
"""

import os
import threading
from typing import Any, Protocol

from postflow import rights
from postflow.errors import RetryableError
from postflow.mount_identity import Identity, is_another
from watcher.clock import Clock
from watcher.guard import showing
from watcher.guard.shown import Doubt, Shown

REST_S = 5.0
"""After no answer nobody is made to wait for another one."""

MOUNT_IT = "Mount the filespace there; the watch goes on by itself."
LOOK_AT_CLIENT = "Look at the filespace's client; if it hangs, restart it. The watch goes on by itself."
SAY_SO = "Mount the right one; the watch goes on by itself. If this is the right one now: `postflow resume --volume`."
CORRECT_CANARY = "Mount the right filespace, or correct VOLUME_CANARY; the watch goes on by itself."


class Remembered(Protocol):
    """Raises LedgerUnavailable."""

    @property
    def identity(self) -> Identity | None: ...

    def keep(self, identity: Identity) -> None: ...


class Helper(Protocol):
    """Asked in a process apart; raises RetryableError when there is no answer."""

    def ask(self, kind: str, *arguments: object) -> Any: ...

    def end(self) -> None: ...


class Guard:
    """May be asked from any thread, and blocks for as long as the helper's patience lasts.

    Args:
        canary: VOLUME_CANARY.
    """

    def __init__(self, root: str, canary: str | None, helper: Helper, remembered: Remembered, clock: Clock) -> None:
        self._root = root
        self._canary = canary
        self._helper = helper
        self._remembered = remembered
        self._clock = clock
        self._turn = threading.Lock()
        self._was_filled = False
        self._silent: tuple[float, Doubt] | None = None
        self._identity: Identity | None = None

    def doubt(self) -> Doubt | None:
        """Why nothing may be concluded from what the volume shows; None if all is well."""
        with self._turn:
            if self._silent is not None and self._clock.monotonic() < self._silent[0]:
                return self._silent[1]
            try:
                shown = self._ask()
            except RetryableError as error:
                doubt = Doubt(f"{self._root} gives no answer: {error}", LOOK_AT_CLIENT)
                self._silent = self._clock.monotonic() + REST_S, doubt
                return doubt
            self._silent, self._identity = None, shown.identity
            return self._doubt(shown)

    def remember(self) -> None:
        """What we watch was found on it: what it is now is what it has to be. Raises LedgerUnavailable."""
        if self._remembered.identity is None and self._identity is not None:
            self._remembered.keep(self._identity)

    def accept(self) -> tuple[str | None, str | None]:
        """A person says that the volume is right as it is mounted now: what it had to be, and has to be from now on.

        Raises:
            RetryableError: it cannot be read, or is empty; or the ledger fails.
        """
        with self._turn:
            shown, before = self._ask(), self._remembered.identity
            if shown.errno or shown.is_empty:
                raise RetryableError(self._nothing(shown).why)
            if shown.identity is not None:
                self._remembered.keep(shown.identity)
        return str(before) if before else None, str(shown.identity) if shown.identity else None

    @property
    def is_shared(self) -> bool:
        """Whether other machines write to what is mounted there, as far as it was asked."""
        return self._identity is not None and self._identity.is_shared

    def end(self) -> None:
        """Leave whoever is asked."""
        self._helper.end()

    def _ask(self) -> Shown:
        return showing.shown(self._helper.ask("guard", self._canary))

    def _doubt(self, shown: Shown) -> Doubt | None:
        if shown.errno or shown.is_empty:
            return self._nothing(shown)
        self._was_filled, before = True, self._remembered.identity
        if is_another(before, shown.identity):
            why = f"{self._root} is another volume than it was: {shown.identity}, and before {before}"
            return Doubt(why, SAY_SO)
        if not shown.has_canary:
            return Doubt(f"{self._canary}, which must be there, is not", CORRECT_CANARY, is_of_canary=True)
        return None

    def _nothing(self, shown: Shown) -> Doubt:
        """There is nothing to be seen."""
        if shown.errno:
            error = OSError(shown.errno, os.strerror(shown.errno))
            return Doubt(f"{self._root} cannot be read: {error.strerror}", readable_hint(error))
        is_alarming = self._was_filled or self._canary is not None or self._remembered.identity is not None
        why = f"{self._root} is empty: nothing is mounted there, or nothing is in it yet"
        return Doubt(why, MOUNT_IT, is_alarming=is_alarming)


def readable_hint(error: OSError | None = None) -> str:
    return f"{rights.what_to_do(error)[:-1]}; the watch goes on by itself."
