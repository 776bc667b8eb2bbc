"""Edge: logs of processes are kept to a size: the current file, and the one before it."""

import asyncio
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

LARGEST_BYTES = 20 * 2**20
LOOK_S = 60.0


async def trim(logs: Iterable[Path], largest_bytes: int = LARGEST_BYTES, look_s: float = LOOK_S) -> None:
    """Look at them again and again, until cancelled."""
    watched = list(logs)
    while True:
        for log in watched:
            await asyncio.to_thread(_turn_over, log, largest_bytes)
        await asyncio.sleep(look_s)


def _turn_over(log: Path, largest_bytes: int) -> None:
    """The process holds its file open to append: so it is copied and emptied. A line written between may be lost."""
    if log.exists() and log.stat().st_size > largest_bytes:
        shutil.copyfile(log, log.with_name(log.name + ".1"))
        os.truncate(log, 0)
