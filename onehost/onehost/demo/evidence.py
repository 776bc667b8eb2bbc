"""Edge: asks Discord and Jaeger, or who stands in for them, what they show of a file."""

import asyncio
import time
from typing import Any

import httpx

from onehost.demo import card, trace
from onehost.demo.card import Seen
from onehost.demo.trace import Row
from onehost.layout import Urls

PATIENCE_S = 8.0
"""Spans come on their own ways, a little later than the ending that they are about."""

CARD_PATIENCE_S = 30.0
"""Cards do too; and of many files they wait for their turn, as Discord takes few calls in a minute."""

LOOK_S = 0.3
SERVICES = {"watcher", "fileserver", "uploader", "notifier"}


class Evidence:
    def __init__(self, client: httpx.AsyncClient, urls: Urls) -> None:
        self._client = client
        self._urls = urls

    async def card(self, file_id: str, path: str) -> Seen | None:
        """The card about a file; None when there is none in time."""
        deadline = time.monotonic() + CARD_PATIENCE_S
        while time.monotonic() < deadline:
            answer = await self._get(f"{self._urls.discord}/_sim/messages")
            message = card.about(answer.get("messages", []), file_id, path)
            if message is not None:
                return card.seen(message)
            await asyncio.sleep(LOOK_S)
        return None

    async def trace(self, file_id: str) -> list[Row]:
        """The trace once it has its root and every service and grows no more, or what there is when patience ends."""
        deadline = time.monotonic() + PATIENCE_S
        before, found = -1, list[trace.Span]()
        while time.monotonic() < deadline and not (len(found) == before and trace.is_whole(found, SERVICES)):
            await asyncio.sleep(LOOK_S)
            before = len(found)
            found = trace.spans(await self._get(f"{self._urls.otlp}/api/v3/traces/{file_id}"))
        return trace.rows(found)

    def trace_page(self, file_id: str) -> str:
        return f"{self._urls.otlp}/trace/{file_id}"

    async def _get(self, url: str) -> dict[str, Any]:
        """Empty when it is not there, or nobody answers."""
        try:
            answer = await self._client.get(url)
            return dict(answer.json()) if answer.is_success else {}
        except (httpx.HTTPError, ValueError):
            return {}
