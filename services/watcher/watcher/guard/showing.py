"""Edge: look at what the volume shows of itself. Asked in a process apart, as it may never come back."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from postflow.mount_identity import Identity
from postflow.mounts import identity_of
from watcher.guard.shown import Shown

Written = tuple[int, bool, bool, tuple[str, str] | None]


def show(root: str, canary: str | None, alive: Callable[[], None] = lambda: None) -> Shown:
    """
    Args:
        alive: called after each step.
    """
    identity = identity_of(Path(root))
    alive()
    try:
        with os.scandir(f"{root}/") as entries:
            is_empty = next(entries, None) is None
    except OSError as error:
        return Shown(error.errno or errno.EIO, False, False, identity)
    alive()
    return Shown(0, is_empty, canary is None or os.path.lexists(f"{root}/{canary}"), identity)


def answer(root: str, alive: Callable[[], None], canary: str | None) -> Written:
    """As it is written down."""
    shown = show(root, canary, alive)
    identity = (shown.identity.kind, shown.identity.source) if shown.identity is not None else None
    return shown.errno, shown.is_empty, shown.has_canary, identity


def shown(written: Written) -> Shown:
    number, is_empty, has_canary, identity = written
    return Shown(number, is_empty, has_canary, Identity(*identity) if identity is not None else None)
