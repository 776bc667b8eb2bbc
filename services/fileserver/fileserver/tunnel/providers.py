"""Edge: every way to have a public name, and what all of them look like from outside."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from typing import Protocol

import httpx

from fileserver.settings import Settings
from fileserver.tunnel import probe, sidecar
from fileserver.tunnel.cloudflared import Cloudflared
from fileserver.tunnel.gate import Fate
from fileserver.tunnel.ngrok import Ngrok
from fileserver.tunnel.none import FixedName
from fileserver.tunnel.watched import NearEnd, WatchedName
from postflow.checks import Check


class PublicName(Protocol):
    """
    Attributes:
        base_url: what signed paths may be put behind now; None while there is nothing that works.
        cure: what a person does when the far end is in trouble.
    """

    @property
    def base_url(self) -> str | None: ...
    @property
    def cure(self) -> str: ...
    def fate(self, base_url: str) -> Fate: ...
    def check(self) -> Check: ...
    def doubt(self) -> None: ...
    async def look(self) -> None: ...
    async def look_anew(self) -> None: ...


NEAR_ENDS: dict[str, Callable[[httpx.AsyncClient, str, str], NearEnd]] = {
    "cloudflared": Cloudflared,
    "ngrok": Ngrok,
}
"""By the value of TUNNEL. What is not here has no near end to look at: its name is PUBLIC_URL, taken as given."""


@asynccontextmanager
async def public_name(settings: Settings, probing: probe.Probe) -> AsyncIterator[PublicName]:
    kind = NEAR_ENDS.get(settings.tunnel)
    if kind is None:
        yield FixedName(settings.public_url)
        return
    async with sidecar.client() as near, probe.client() as far:
        near_end = kind(near, settings.sidecar_api, settings.public_url)
        yield WatchedName(
            near_end,
            partial(probing.through, far, cure=near_end.cure),
            start_s=settings.tunnel_start_s,
            settle_s=settings.tunnel_settle_s,
            clock=monotonic,
        )
