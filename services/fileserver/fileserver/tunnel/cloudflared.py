"""Edge: what the sidecar says of itself: its name by `/quicktunnel`, its links by `/ready`, its rules by `/config`.

Source: cloudflared 2026.8.2, `metrics/`: all three are JSON sent as `text/plain`; a quick tunnel's host name comes
without a scheme, a named tunnel's is the empty string; `/ready` answers 503 while there is no link; the port answers
nobody before the tunnel was made.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx

from fileserver.tunnel.gate import Sighting
from fileserver.tunnel.sidecar import PATIENCE_S, UNREACHABLE, Nonsense, Sidecar

LOOK_AT_IT = "See what the log of cloudflared says, and that TUNNEL_API leads to its metrics port."


class Cloudflared:
    """A near end.

    Args:
        api: base address of the metrics port.
        public_url: that of a named tunnel; empty for a quick one, which says itself what it is called.
    """

    cure = "Restart cloudflared: a quick tunnel that was deleted at Cloudflare gets a new name only so."

    def __init__(self, http: httpx.AsyncClient, api: str, public_url: str) -> None:
        self._sidecar = Sidecar(http, "cloudflared", api)
        self._public_url = public_url

    async def look(self) -> Sighting:
        """Never raises for what the sidecar does."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await (self._named() if self._public_url else self._quick())
        except UNREACHABLE as error:
            return Sighting(None, False, f"cloudflared does not answer ({type(error).__name__})", LOOK_AT_IT)
        except Nonsense as error:
            return Sighting(None, False, str(error), LOOK_AT_IT)

    async def _quick(self) -> Sighting:
        hostname = (await self._sidecar.ask("/quicktunnel")).get("hostname")
        if not hostname:
            why = "cloudflared runs a named tunnel, and does not say what that is called"
            return Sighting(None, False, why, "Set PUBLIC_URL to the tunnel's public address.")
        return await self._linked(self._sidecar.address(hostname))

    async def _named(self) -> Sighting:
        if (await self._sidecar.ask("/quicktunnel")).get("hostname"):
            why = "PUBLIC_URL is set, but cloudflared runs a quick tunnel with a name of its own"
            return Sighting(None, False, why, "Unset PUBLIC_URL, or give cloudflared the token of the named tunnel.")
        sighting = await self._linked(self._public_url)
        return await self._against_its_rules(sighting) if sighting.linked else sighting

    async def _linked(self, base_url: str) -> Sighting:
        links = (await self._sidecar.ask("/ready", also=503)).get("readyConnections")
        if isinstance(links, int) and links > 0:
            return Sighting(base_url, True)
        return Sighting(base_url, False, "cloudflared has no link to Cloudflare", LOOK_AT_IT)

    async def _against_its_rules(self, sighting: Sighting) -> Sighting:
        """A sidecar that does not tell its rules is taken at its word."""
        try:
            served = _served(await self._sidecar.ask("/config"))
        except Nonsense:
            return sighting
        host = urlsplit(self._public_url).hostname or ""
        if not served or any(_covers(pattern, host) for pattern in served):
            return sighting
        why = f"the tunnel leads {', '.join(served)} somewhere, but not {host}"
        return Sighting(
            self._public_url, False, why, f"Add {host} to the tunnel's public host names, or mend PUBLIC_URL."
        )


def _served(config: dict[str, Any]) -> list[str]:
    """Host names of the rules that lead to a service; a rule without one is for every name."""
    inner = config.get("config")
    rules = inner.get("ingress") if isinstance(inner, dict) else None
    if not isinstance(rules, list):
        raise Nonsense("cloudflared tells no rules")
    leading = [rule for rule in rules if isinstance(rule, dict) and not _is_status(rule.get("service"))]
    return [str(rule.get("hostname") or "*") for rule in leading]


def _is_status(service: object) -> bool:
    return str(service).startswith("http_status:")


def _covers(pattern: str, host: str) -> bool:
    return pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:]))
