"""Edge: looks at files for handlers that have others to see to. A look that takes long goes on, and is asked for again.

A lane handles one message at a time, and a mount may keep a look for minutes.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from fileserver.film import Film
from fileserver.troubles import VolumeAway
from fileserver.volume import Volume
from postflow.errors import NotYet
from postflow.messages import RoutedMessage

LOOK_S = 5.0
"""How long a lane waits for one look, once."""

AGAIN_S = 10.0

FRESH_S = 300.0
"""An older look says nothing of a file."""

REMEMBERED = 1000

MOST_HANGING = 24
"""Looks at all files, before no further file is tried: those that are open need threads, too."""

Key = tuple[str, int, int]

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Look:
    task: asyncio.Task[None]
    began_s: float


class PatientLooks:
    """
    Args:
        look: raises if it is not there as announced. It must end by itself.
    """

    def __init__(
        self, look: Callable[[Film], Awaitable[None]], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._look = look
        self._monotonic = monotonic
        self._begun: OrderedDict[Key, _Look] = OrderedDict()

    async def of(self, message: RoutedMessage) -> None:
        """Look at its film. Raises what `look` does.

        Raises:
            NotYet: there is no answer so far. When the message comes again, it is that of this look.
        """
        key = message.file_id, message.attempt, message.exposure
        look, patience_s = self._begun.get(key), 0.0
        if look is None or (look.task.done() and self._monotonic() - look.began_s > FRESH_S):
            look, patience_s = self._begin(key, Film.of(message)), LOOK_S
        await asyncio.wait((look.task,), timeout=patience_s)
        if not look.task.done():
            raise NotYet("the mount gives no answer for this file", AGAIN_S)
        self._begun.pop(key, None)
        look.task.result()

    def _begin(self, key: Key, film: Film) -> _Look:
        look = self._begun[key] = _Look(asyncio.create_task(self._looked(film)), self._monotonic())
        look.task.add_done_callback(_is_heard)
        while len(self._begun) > REMEMBERED:
            self._begun.popitem(last=False)
        return look

    async def _looked(self, film: Film) -> None:
        await self._look(film)


def looking_at(volume: Volume, look: Callable[[T], Awaitable[R]]) -> Callable[[T], Awaitable[R]]:
    """`look`, for files that nobody waits for yet: not while many others hang. Raises VolumeAway then."""

    async def looked(file: T) -> R:
        hanging = volume.unanswered.hanging()
        if hanging >= MOST_HANGING:
            raise VolumeAway(f"it gives no answer to {hanging} looks at files")
        return await look(file)

    return looked


def _is_heard(task: asyncio.Task[None]) -> None:
    """Else it would be told as an error that nobody asked for."""
    if not task.cancelled():
        task.exception()
