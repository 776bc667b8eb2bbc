"""Edge: the console's connection to NATS, for as long as a command runs."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from console.settings import Settings
from postflow import connecting, logs
from postflow.bus import Bus
from postflow.errors import PostFlowError
from postflow.telemetry import Telemetry

CONNECT_S = 4.0


class Unreachable(PostFlowError):
    """NATS does not take us; the text says what to do."""


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Bus]:
    """Raises Unreachable."""
    logs.configure("console", level="ERROR", form="console")
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)  # standard output is for the answer alone
    reasons: list[str] = []
    try:
        bus = await asyncio.wait_for(_connect(settings, reasons), CONNECT_S)
    except TimeoutError:
        why = f" ({reasons[-1]})" if reasons else ""
        address = logs.without_secrets(settings.nats_url)
        raise Unreachable(f"NATS does not answer at {address}{why}. {connecting.CHECK_ADDRESS}") from None
    try:
        yield bus
    finally:
        await bus.close()


async def _connect(settings: Settings, reasons: list[str]) -> Bus:
    return await connecting.connect(
        settings.nats_url,
        name="console",
        user=settings.nats_user,
        password=settings.nats_password,
        telemetry=Telemetry(),
        on_closed=lambda: None,
        on_trouble=reasons.append,
    )
