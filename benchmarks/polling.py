"""Edge: what else sees new files on any mount: `python -m benchmarks.polling WAY FOLDER PERIOD_S`.

Says that it watches once it knows what is there, and then each path that it finds to be new or changed, in lines like
those of the watcher's log.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import watchfiles

State = dict[str, tuple[int, int]]


def walk(folder: Path, period_s: float) -> None:
    """What a person writes who needs no library: os.walk, a stat of each file, and a comparison."""
    before = _state(folder)
    _say("watching")
    while True:
        time.sleep(period_s)
        now = _state(folder)
        for path, revision in now.items():
            if before.get(path) != revision:
                _say("seen", path)
        before = now


def _state(folder: Path) -> State:
    state: State = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = f"{above}/{name}"
            seen = os.stat(path)  # noqa: PTH116 (a loop that is to be fast makes no object of each path)
            state[path] = (seen.st_size, seen.st_mtime_ns)
    return state


def polled(folder: Path, period_s: float) -> None:
    """watchfiles, told to poll."""
    watch = watchfiles.watch(
        folder,
        watch_filter=None,
        force_polling=True,
        poll_delay_ms=round(period_s * 1000),
        rust_timeout=500,
        yield_on_timeout=True,
    )
    for number, changes in enumerate(watch):
        if number == 0:
            _say("watching")
        for _, path in changes:
            _say("seen", path)


def _say(action: str, path: str = "") -> None:
    print(json.dumps({"action": action, "path": path, "timestamp": datetime.now(UTC).isoformat()}), flush=True)


WAYS: dict[str, Callable[[Path, float], None]] = {"walk": walk, "watchfiles": polled}

if __name__ == "__main__":
    WAYS[sys.argv[1]](Path(sys.argv[2]), float(sys.argv[3]))
