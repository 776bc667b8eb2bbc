"""Edge: a site behind a simulated tunnel, with times short enough for a test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from postflow.checks import Check
from postflow.messages import FileReady
from simulators.cloudflared import CloudflaredSimulator, Settings
from simulators.serving import running
from tests.integration.fileserver_site import Site, until

SETTLE_S = 0.3


@pytest.fixture
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.__main__.TUNNEL_LOOK_S", 0.05)
    monkeypatch.setattr("fileserver.expose.TUNNEL_WAIT_S", 0.1)
    monkeypatch.setattr("fileserver.tunnel.gate.BLIP_S", 0.2)
    monkeypatch.setattr("fileserver.tunnel.gate.PROBE_AGAIN_S", 0.1)
    monkeypatch.setattr("fileserver.tunnel.gate.PROBE_PERIOD_S", 0.3)


class Tunnelled:
    """A site, and the tunnel that leads to it."""

    def __init__(self, site: Site, sim: CloudflaredSimulator, base_url: str) -> None:
        self.site = site
        self.sim = sim
        self.base_url = base_url
        site.settings |= {
            "tunnel": "cloudflared",
            "public_url": "",
            "tunnel_api": base_url,
            "tunnel_settle_s": SETTLE_S,
        }

    @property
    def name(self) -> str:
        return self.sim.public_url(self.base_url)

    def check(self) -> Check:
        return self.site.health()["tunnel"]

    async def usable(self) -> None:
        await until(self.is_true(lambda: self.check().ok))

    async def says(self, words: str) -> Check:
        await until(self.is_true(lambda: words in self.check().detail))
        return self.check()

    async def shaken(self, message: FileReady) -> None:
        async def told() -> bool:
            return (await self.site.transfer(message)).address_lost

        await until(told)

    async def is_exposed(self, message: FileReady) -> bool:
        return await self.site.last(f"postflow.file.exposed.{message.file_id}") is not None

    def is_true(self, true: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
        async def told() -> bool:
            return true()

        return told


@asynccontextmanager
async def tunnel_to(site: Site, **settings: object) -> AsyncIterator[Tunnelled]:
    quick = {"origin": f"http://127.0.0.1:{site.port}", "answers_after_s": 0.0, "linked_after_s": 0.0}
    sim = CloudflaredSimulator(Settings.model_validate(quick | settings))
    async with running(sim.app) as base_url:
        yield Tunnelled(site, sim, base_url)
        await site.stop()
        await sim.aclose()
        violations = sim.journal.violations_beside()
        assert not violations, violations


@pytest.fixture
async def tunnel(site: Site, short_times: None) -> AsyncIterator[Tunnelled]:
    async with tunnel_to(site) as tunnel:
        yield tunnel
