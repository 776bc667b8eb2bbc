"""Edge: tells how far the fetch of an exposure has come: the bus at most once a second, the log at every tenth."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from fileserver import ranges
from fileserver.live import Live
from postflow.logs import get_logger
from postflow.messages import Progress

logger = get_logger(__name__)

PERIOD_S = 1.0

Tell = Callable[[Progress], Awaitable[None]]


class Following:
    def __init__(self, tell: Tell, now: Callable[[], datetime]) -> None:
        self._tell = tell
        self._now = now

    def asked_for(self, live: Live) -> None:
        logger.info("asked for", action="fetch_started", **_about(live))

    async def moved(self, live: Live) -> None:
        """More bytes have gone out."""
        record = live.record
        done = ranges.length(record.covered)
        tenths = 10 * done // max(record.size_bytes, 1)
        news = tenths > live.told_tenths
        if news:
            live.told_tenths = tenths
            _log(live, done)
        is_whole = news and done == record.size_bytes
        if is_whole or time.monotonic() - live.told_at >= PERIOD_S:
            live.told_at = time.monotonic()
            told = Progress(file_id=record.file_id, bytes_done=done, size_bytes=record.size_bytes, at=self._now())
            await self._tell(told)


def _log(live: Live, done: int) -> None:
    record = live.record
    rate = _megabytes_per_s(done, record.first_get_at, record.last_byte_at)
    if done == record.size_bytes:
        logger.info("done", action="fetch_done", bytes_sent=done, mb_per_s=rate, **_about(live))
    else:
        percent = f"{10 * live.told_tenths} %"
        logger.info("on its way", action="fetch_progress", done=percent, bytes_sent=done, mb_per_s=rate, **_about(live))


def _about(live: Live) -> dict[str, object]:
    record = live.record
    return {
        "name": record.destination.name,
        "file_id": record.file_id,
        "path": record.path,
        "size_bytes": record.size_bytes,
        "exposure": record.exposure,
    }


def _megabytes_per_s(done: int, start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None or end <= start:
        return None
    return round(done / 1_000_000 / (end - start).total_seconds(), 1)
