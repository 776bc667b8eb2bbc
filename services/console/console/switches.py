"""Edge: the bucket `switches`, which only the console writes."""

from collections.abc import Callable

import nats.errors
from nats.js import errors as js_errors

from postflow.bus import Bus
from postflow.errors import RecordConflict
from postflow.pauses import BUCKET, KEY, Pauses

MOST_TRIES = 5


async def pauses(bus: Bus) -> Pauses:
    """What is paused; nothing if the bucket is not there yet."""
    try:
        await bus.jetstream.stream_info(f"KV_{BUCKET}")
    except js_errors.NotFoundError:
        return Pauses()
    except (TimeoutError, nats.errors.Error):
        pass  # the next question says it better
    held = await (await bus.records(BUCKET, Pauses)).get(KEY)
    return held.value if held else Pauses()


async def change(bus: Bus, changed: Callable[[Pauses], Pauses]) -> Pauses:
    """What is paused then. Raises BusUnavailable; RecordConflict if others change it all the time."""
    records = await bus.records(BUCKET, Pauses)
    for _ in range(MOST_TRIES):
        held = await records.get(KEY)
        wanted = changed(held.value if held else Pauses())
        try:
            if held is None:
                await records.create(KEY, wanted)
            elif wanted != held.value:
                await records.update(KEY, wanted, held=held)
        except RecordConflict:
            continue
        return wanted
    raise RecordConflict("somebody else changes the switches at the same time; try again")
