"""Edge: a walk of the watcher of each kind: `python -m benchmarks.walks VOLUME DATA RULES`, its ledger being DATA.

The watcher walks over everything each ten minutes: too seldom to be seen in a window, so it is measured by itself.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.scan_table import Cost, Costs
from postflow.messages import Message
from postflow.routing import InForce, load_rules
from postflow.telemetry import Telemetry
from watcher.clock import SystemClock
from watcher.database import Database
from watcher.parts import assemble
from watcher.settings import Settings


def costs_of(said: bytes) -> Costs:
    """What the module prints when it is run."""
    told = json.loads(said)
    return Costs(Cost(**told["names"]), Cost(**told["everything"]))


async def measured(settings: Settings) -> Costs:
    database = Database(settings.watcher_data)
    rules = InForce(load_rules(settings.postflow_config.read_text()))
    parts = assemble(settings, rules, database, _publish, Telemetry(), SystemClock())
    try:
        await parts.walking.over_names()  # the first one has no marks to go by
        names = await _cost(parts.walking.over_names)
        everything = await _cost(parts.walking.over_everything)
    finally:
        parts.examining.end()
        database.close()
    return Costs(names, everything)


async def _publish(message: Message) -> None:
    raise AssertionError(f"nothing was to be published, and this is: {message}")


async def _cost(walk: Callable[[], Awaitable[object]]) -> Cost:
    cpu_s, began_s = time.process_time(), time.monotonic()
    await walk()
    return Cost(time.process_time() - cpu_s, time.monotonic() - began_s)


if __name__ == "__main__":
    root, data, config = (Path(word) for word in sys.argv[1:])
    given = Settings(volume_root=root, watcher_data=data, postflow_config=config)
    print(json.dumps(asdict(asyncio.run(measured(given)))))
