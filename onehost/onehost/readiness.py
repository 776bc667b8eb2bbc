"""Edge: asks services whether they are ready, and says in words what they wait for."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx

from onehost.child import Child

ASK_AGAIN_S = 0.05


class NotReady(Exception):
    """Services are not ready in time; the text has a line for each with what it waits for."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("\n".join(f"{name} is not ready: {why}" for name, why in reasons.items()))
        self.reasons = dict(reasons)


async def until_ready(waited_for: Mapping[str, tuple[Child, str]], timeout_s: float) -> None:
    """Wait until every service says that it is ready.

    Args:
        waited_for: by name, the process and the base address of its health server.

    Raises:
        NotReady: not in time.
        ChildDied: one of them ended.
    """
    deadline = time.monotonic() + timeout_s
    waiting = dict(waited_for)
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        while True:
            reasons = await unready(client, {name: url for name, (_, url) in waiting.items()})
            waiting = {name: waiting[name] for name in reasons}
            if not waiting:
                return
            for child, _ in waiting.values():
                if not child.is_running:
                    raise child.death()
            if time.monotonic() > deadline:
                raise NotReady(reasons)
            await asyncio.sleep(ASK_AGAIN_S)


async def unready(client: httpx.AsyncClient, urls: Mapping[str, str]) -> dict[str, str]:
    """Of the services that are not ready, what they wait for."""
    answers = await asyncio.gather(*(_why_not(client, url) for url in urls.values()))
    return {name: why for name, why in zip(urls, answers, strict=True) if why}


async def _why_not(client: httpx.AsyncClient, url: str) -> str:
    try:
        answer = await client.get(f"{url}/readyz")
        checks = answer.json()["checks"]
    except (httpx.HTTPError, ValueError, KeyError):
        return "it does not answer yet"
    return "; ".join(_sentence(name, check) for name, check in checks.items() if not check["ok"])


def _sentence(name: str, check: Mapping[str, Any]) -> str:
    return f"{name}: {check['detail']}" + (f" ({check['what_to_do']})" if check["what_to_do"] else "")
