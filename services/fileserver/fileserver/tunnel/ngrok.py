"""Edge: what ngrok's agent says of itself: its endpoints by `/api/endpoints`, its session by `/api/status`.

Source: ngrok docs, "ngrok Agent API" and "ngrok Agent Changelog" (read 2026-11): no login; `/api/endpoints` since 3.30,
before it `/api/tunnels`; `/api/status` since 3.9, `online` while there is a session.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx

from fileserver.tunnel.gate import Sighting
from fileserver.tunnel.sidecar import PATIENCE_S, UNREACHABLE, Nonsense, Sidecar

LOOK_AT_IT = (
    "See what the log of ngrok says (a wrong NGROK_AUTHTOKEN, or a name that another agent has), and that TUNNEL_API "
    "leads to its port 4040."
)
WHICH = "Set PUBLIC_URL to the address that leads to the fileserver."

FREE = (".ngrok-free.app", ".ngrok-free.dev")
FREE_LIMITS = (
    "ngrok's free plan carries 1 GB and 20,000 requests a month, and one name for one agent; then nothing more"
)


class Ngrok:
    """A near end.

    Args:
        api: base address of the agent's web interface.
        public_url: which of its addresses is ours; empty if it has only one.
    """

    cure = "Restart ngrok, and see its log and dashboard."

    def __init__(self, http: httpx.AsyncClient, api: str, public_url: str) -> None:
        self._sidecar = Sidecar(http, "ngrok", api)
        self._public_url = public_url

    async def look(self) -> Sighting:
        """Never raises for what the agent does."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._look()
        except UNREACHABLE as error:
            return Sighting(None, False, f"ngrok does not answer ({type(error).__name__})", LOOK_AT_IT)
        except Nonsense as error:
            return Sighting(None, False, str(error), LOOK_AT_IT)

    async def _look(self) -> Sighting:
        status = (await self._sidecar.ask_if_known("/api/status") or {"status": "online"}).get("status")
        if status != "online":
            return Sighting(self._public_url or None, False, "ngrok is not online", LOOK_AT_IT)
        return self._ours(await self._base_urls())

    def _ours(self, base_urls: list[str]) -> Sighting:
        named, listed = self._public_url or None, ", ".join(base_urls)
        if not base_urls:
            return Sighting(named, False, "ngrok has no address yet", LOOK_AT_IT)
        if named and named not in base_urls:
            return Sighting(named, False, f"ngrok has {listed}, but not {named}", WHICH)
        if named is None and len(base_urls) > 1:
            return Sighting(None, False, f"ngrok has more than one address: {listed}", WHICH)
        base_url = named or base_urls[0]
        return Sighting(base_url, True, remark=FREE_LIMITS if base_url.endswith(FREE) else "")

    async def _base_urls(self) -> list[str]:
        """Those for https alone, if there are any: an agent may have the same name for both."""
        told = await self._sidecar.ask_if_known("/api/endpoints")
        said = told if told is not None else await self._sidecar.ask("/api/tunnels")
        found = sorted({self._sidecar.address(url) for url in _urls(said)})
        return [url for url in found if url.startswith("https://")] or found


def _urls(said: dict[str, Any]) -> Iterator[str]:
    """Raises Nonsense. Those that are no HTTP are left out."""
    entries = said.get("endpoints", said.get("tunnels"))
    if not isinstance(entries, list):
        raise Nonsense("ngrok tells no endpoints")
    for entry in entries:
        url = entry.get("url", entry.get("public_url")) if isinstance(entry, dict) else None
        if isinstance(url, str) and url.startswith(("http://", "https://")):
            yield url
