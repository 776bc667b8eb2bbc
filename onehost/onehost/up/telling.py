"""Edge: says who is ready, and what those wait for who are not, each time that changes."""

import asyncio
import time
from collections.abc import Callable, Mapping

import httpx

from onehost.readiness import unready

COMMANDS = "From another terminal, `postflow X` is `.venv/bin/python -m onehost.up X` here: doctor, login and so on."

LOOK_S = 1.0
PATIENCE_S = 15.0
"""A start takes so long; what is still missing then is worth a line."""


async def tell(urls: Mapping[str, str], say: Callable[[str], None], patience_s: float = PATIENCE_S) -> None:
    """Until cancelled.

    Args:
        urls: by service, the base address of its health server.
    """
    began_s = time.monotonic()
    told: dict[str, str] | None = None
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while True:
            waiting: dict[str, str] | None = await unready(client, urls)
            if not waiting and told != {}:
                say(f"Everything is ready. {COMMANDS}")
            elif waiting and told is None and time.monotonic() - began_s < patience_s:
                waiting = None
            for name, why in (waiting or {}).items():
                if (told or {}).get(name) != why:
                    say(f"{name} is not ready: {why}")
            told = waiting
            await asyncio.sleep(LOOK_S)
