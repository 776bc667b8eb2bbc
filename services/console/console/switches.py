"""Edge: the bucket `switches`, which only the console writes: what is paused, and what was let go of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

import nats.errors
from nats.js import errors as js_errors

from console.aside import LetGo
from postflow.bus import Bus
from postflow.errors import RecordConflict
from postflow.pauses import BUCKET, KEY, Pauses
from postflow.records import R

MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Switch(Generic[R]):
    """A record, and what holds while there is none."""

    key: str
    unset: R


PAUSES = Switch(KEY, Pauses())
LET_GO = Switch("let-go", LetGo())


async def look(bus: Bus, switch: Switch[R]) -> R:
    """What it is set to; unset if the bucket is not there yet."""
    try:
        await bus.jetstream.stream_info(f"KV_{BUCKET}")
    except js_errors.NotFoundError:
        return switch.unset
    except (TimeoutError, nats.errors.Error):
        pass  # the next question says it better
    held = await (await bus.records(BUCKET, type(switch.unset))).get(switch.key)
    return held.value if held else switch.unset


async def pauses(bus: Bus) -> Pauses:
    return await look(bus, PAUSES)


async def change(bus: Bus, switch: Switch[R], changed: Callable[[R], R]) -> R:
    """What it is set to then. Raises BusUnavailable; RecordConflict if others change it all the time."""
    records = await bus.records(BUCKET, type(switch.unset))
    for _ in range(MOST_TRIES):
        held = await records.get(switch.key)
        wanted = changed(held.value if held else switch.unset)
        try:
            if held is None:
                await records.create(switch.key, wanted)
            elif wanted != held.value:
                await records.update(switch.key, wanted, held=held)
        except RecordConflict:
            continue
        return wanted
    raise RecordConflict("somebody else changes the switches at the same time; try again")
