"""The fileserver behind ngrok's agent: the same gate, another near end and other errors in front."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fileserver.exposure import State
from postflow.checks import Check
from simulators.cloudflared.faults import EdgeError, Nonsense
from simulators.ngrok import NgrokSimulator, Settings
from simulators.serving import running
from tests.integration.fileserver_site import Site, address, until
from tests.integration.fileserver_tunnel import SETTLE_S

pytestmark = pytest.mark.usefixtures("short_times")

CONTENT = b"frame by frame"


class Behind:
    """A site, and the agent that leads to it."""

    def __init__(self, site: Site, sim: NgrokSimulator, base_url: str) -> None:
        self.site = site
        self.sim = sim
        self.base_url = base_url
        about = {"tunnel": "ngrok", "public_url": "", "tunnel_api": base_url, "tunnel_settle_s": SETTLE_S}
        site.settings |= about

    @property
    def name(self) -> str:
        return self.sim.public_url(self.base_url)

    async def says(self, words: str) -> Check:
        async def told() -> bool:
            return words in self.site.health()["tunnel"].detail

        await until(told)
        return self.site.health()["tunnel"]


@asynccontextmanager
async def agent_of(site: Site, **settings: object) -> AsyncIterator[Behind]:
    quick = {"origin": f"http://127.0.0.1:{site.port}", "answers_after_s": 0.0, "online_after_s": 0.0}
    sim = NgrokSimulator(Settings.model_validate(quick | settings))
    async with running(sim.app) as base_url:
        yield Behind(site, sim, base_url)
        await site.stop()
        await sim.aclose()
        assert sim.journal.violations == 0


@pytest.fixture
async def behind(site: Site) -> AsyncIterator[Behind]:
    async with agent_of(site) as behind:
        yield behind


@pytest.mark.parametrize("is_old", [False, True], ids=["endpoints", "tunnels"])
async def test_a_film_goes_through_once_the_name_leads_here(site: Site, is_old: bool) -> None:
    async with agent_of(site, is_old=is_old) as behind:
        behind.sim.agent.refuses = True
        behind.sim.agent.unlink()
        await site.start()
        message = site.write("a.mov", CONTENT)
        await site.bus.publish(message)
        await behind.says("ngrok does not answer")
        behind.sim.agent.refuses = False
        await behind.says("ngrok is not online")
        behind.sim.agent.link()
        exposed = await site.exposed(message)
        assert address(exposed).startswith(f"{behind.name}/x/")
        assert (await site.http.get(address(exposed))).content == CONTENT


async def test_of_several_addresses_the_one_that_is_set_is_ours(site: Site) -> None:
    async with agent_of(site, more=("http://other.example",)) as behind:
        await site.start()
        told = await behind.says("more than one address")
        assert "PUBLIC_URL" in told.what_to_do
        await site.stop()
        site.settings["public_url"] = behind.name
        await site.start()
        assert (await site.http.get(address(await site.expose(site.write("a.mov", CONTENT))))).content == CONTENT


async def test_a_month_that_is_used_up_is_said_and_fails_nothing(site: Site) -> None:
    async with agent_of(site, most_bytes=10_000_000) as behind:
        await site.start()
        message = site.write("a.mov", bytes(12_000_000))
        assert (await site.http.get(address(await site.expose(message)))).status_code == 200
        told = await behind.says("ERR_NGROK_725")
        assert (told.ok, "larger plan" in told.what_to_do) == (False, True)
        later = site.write("b.mov", CONTENT)
        await site.bus.publish(later)
        assert await site.last(f"postflow.file.failed.{later.file_id}") is None


async def test_a_warning_page_in_front_is_named(behind: Behind) -> None:
    behind.sim.faults.queue(EdgeError(status=200, code=6024, times=1000))
    await behind.site.start()
    told = await behind.says("ngrok shows its warning page in front (ERR_NGROK_6024)")
    assert not told.ok


async def test_an_endpoint_that_the_far_end_does_not_know_is_found_out(behind: Behind) -> None:
    await behind.site.start()
    await behind.says("leads here")
    behind.sim.agent.is_offline = True
    told = await behind.says("ERR_NGROK_3200")
    assert told.what_to_do.startswith("Restart ngrok")


async def test_another_name_closes_what_is_open(behind: Behind) -> None:
    site = behind.site
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.expose(message)
    behind.sim.agent.move()

    async def is_closed() -> bool:
        return (await site.record(message)).state is State.REVOKED

    await until(is_closed)
    await site.stale(message)
    assert address(await site.exposed(message, 2)).startswith(f"{behind.name}/x/")


async def test_an_agent_that_talks_nonsense_is_borne(behind: Behind) -> None:
    behind.sim.faults.queue(
        Nonsense(route="status", body="<html>", times=3),
        Nonsense(route="status", status=500, times=3),
        Nonsense(route="endpoints", body='{"endpoints": {}}', times=3),
        Nonsense(route="endpoints", body='{"endpoints": [null, 7, {"url": 7}]}', times=3),
    )
    await behind.site.start()
    await behind.says("ngrok")
    await behind.says("leads here")
