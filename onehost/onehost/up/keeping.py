"""Edge: whoever dies by itself is named with its last lines, and started again after a wait that grows."""

import asyncio
import time
from collections.abc import Callable

from onehost.child import ChildDied
from onehost.processes import Processes
from onehost.up.backoff import Backoff

Say = Callable[[str], None]


async def keep(processes: Processes, name: str, backoff: Backoff, say: Say) -> None:
    """Until cancelled, or until somebody asks the process to end."""
    deaths, since_s = 0, time.monotonic()
    while True:
        await processes[name].end()
        if processes[name].was_asked_to_end:
            return
        died = processes[name].death()
        while True:
            deaths = backoff.in_a_row(deaths, time.monotonic() - since_s)
            wait_s = backoff.after(deaths)
            say("\n".join([f"{died.name} {died.how}; it is started again in {wait_s:.0f} s", *died.last_lines]))
            await asyncio.sleep(wait_s)
            since_s = time.monotonic()
            try:
                await processes.start_again(name)
            except ChildDied as error:
                died = error
                continue
            break
