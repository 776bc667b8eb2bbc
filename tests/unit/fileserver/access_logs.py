"""An access log on a real disk, and what stands in it."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from fileserver.access_files import AccessFiles
from fileserver.access_log import AccessLog, keeping
from postflow.chain import Checking, Link
from postflow.verifying import log_files, verified
from tests.examples import AT


class Calendar:
    """What day it is."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> Any:
        return self.at


@asynccontextmanager
async def kept(folder: Path, calendar: Calendar, remembered: Link | None = None) -> AsyncIterator[AccessLog]:
    async def forget(last: object) -> None: ...

    async with keeping(AccessFiles(folder, calendar.now, keep_days=30), remembered, forget) as log:
        yield log


def lines(folder: Path) -> list[bytes]:
    return b"".join(path.read_bytes() for path in log_files(folder)).splitlines()


def told(folder: Path) -> list[Any]:
    """What stands in the log, whose lines all hang together."""
    checking = Checking()
    assert [checking.take(line) for line in lines(folder)] == [None] * len(lines(folder))
    return [json.loads(line).get("what") for line in lines(folder)]


def problems(folder: Path, remembered: Link | None = None) -> list[str]:
    return [problem.what for problem in verified(folder, remembered).problems]


async def days(folder: Path, calendar: Calendar, count: int) -> Link:
    """A log of a line a day."""
    async with kept(folder, calendar) as log:
        for day in range(count):
            calendar.at = AT + timedelta(days=day)
            await log.now({"what": day})
    return log.last


def fail(failure: int, _: int) -> None:
    """In place of a call of the system's that takes a descriptor. Raises OSError."""
    raise OSError(failure, os.strerror(failure))
