"""The fileserver behind a tunnel that starts, breaks, and comes back under another name."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from fileserver.exposure import State
from fileserver.pull import CHUNK_BYTES
from postflow.health import Check
from postflow.messages import FileReady
from simulators.cloudflared import CloudflaredSimulator, Settings
from simulators.cloudflared.faults import ChangeBody, CutBody, EdgeError, Nonsense
from simulators.faults import Delay
from simulators.serving import running
from tests.integration.fileserver_site import Site, address, until

CONTENT = b"frame by frame"
FILM = bytes(24 * CHUNK_BYTES)
"""More than the connections on the way can hold."""
SETTLE_S = 0.3


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
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
        await until(self._is(lambda: self.check().ok))

    async def unusable(self) -> None:
        await until(self._is(lambda: not self.check().ok))

    async def says(self, words: str) -> Check:
        await until(self._is(lambda: words in self.check().detail))
        return self.check()

    async def shaken(self, message: FileReady) -> None:
        async def told() -> bool:
            return (await self.site.transfer(message)).address_lost

        await until(told)

    async def is_exposed(self, message: FileReady) -> bool:
        return await self.site.last(f"postflow.file.exposed.{message.file_id}") is not None

    def _is(self, true: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
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


@pytest.fixture
async def tunnel(site: Site) -> AsyncIterator[Tunnelled]:
    async with tunnel_to(site) as tunnel:
        yield tunnel


async def test_nothing_is_exposed_before_the_name_leads_here(site: Site) -> None:
    async with tunnel_to(site, answers_after_s=0.3, linked_after_s=0.3) as tunnel:
        await site.start()
        message = site.write("a.mov", CONTENT)
        await site.bus.publish(message)
        await tunnel.says("cloudflared does not answer")
        await tunnel.says("no link")
        waiting = await tunnel.says("until its name is known everywhere")
        assert not waiting.ok
        assert tunnel.sim.journal.count("front") == 0
        assert not await tunnel.is_exposed(message)
        exposed = await site.exposed(message)
        assert address(exposed).startswith(f"{tunnel.name}/x/")
        assert (await site.http.get(address(exposed))).content == CONTENT
        assert tunnel.check() == Check(True, f"{tunnel.name} leads here")


async def test_another_name_closes_what_is_open_and_it_is_exposed_again(tunnel: Tunnelled) -> None:
    site = tunnel.site
    await site.start()
    whole, cut, untouched = site.write("whole.mov", CONTENT), site.write("cut.mov", FILM), site.write("c.mov", CONTENT)
    first = {message.file_id: await site.expose(message) for message in (whole, cut, untouched)}
    assert (await site.http.get(address(first[whole.file_id]))).status_code == 200
    async with site.http.stream("GET", address(first[cut.file_id])) as pull:
        tunnel.sim.tunnel.start()
        with pytest.raises(httpx.TransportError):
            async for _ in pull.aiter_raw():
                pass
    await until(lambda: closed(site, untouched))
    for message in (whole, cut, untouched):
        told = await site.transfer(message)
        assert (told.is_open, told.address_lost, told.tainted) == (False, True, False)
    assert (await site.transfer(whole)).bytes_sent == len(CONTENT)
    assert (await site.record(cut)).ended_why == "address lost"
    assert await site.holders() == ()
    await site.ended(whole)
    await site.stale(cut)
    await site.stale(untouched)
    again = await site.exposed(cut, 2)
    assert address(again).startswith(f"{tunnel.name}/x/")
    assert (await site.http.get(address(again))).content == FILM
    assert (await site.http.get(address(await site.exposed(untouched, 2)))).content == CONTENT
    assert (await site.http.get(address(first[cut.file_id]))).status_code == 530
    assert (await site.record(whole)).ended_why == "delivered"


async def closed(site: Site, message: FileReady) -> bool:
    return (await site.record(message)).state is State.REVOKED


async def test_a_name_that_changed_while_the_fileserver_was_down_is_noticed(tunnel: Tunnelled) -> None:
    site = tunnel.site
    site.settings["uploads_in_flight"] = 1
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.expose(message)
    await site.stop()
    tunnel.sim.tunnel.start()
    await site.start()
    await until(lambda: closed(site, message))
    assert (await site.transfer(message)).address_lost
    await site.stale(message)
    assert address(await site.exposed(message, 2)).startswith(f"{tunnel.name}/x/")


async def test_over_a_restart_with_the_same_name_what_is_open_stays_open(tunnel: Tunnelled) -> None:
    site = tunnel.site
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    await site.stop()
    await site.start()
    await tunnel.usable()
    assert (await site.http.get(address(exposed))).content == CONTENT
    told = await site.transfer(message)
    assert (told.is_open, told.address_lost) == (True, False)


async def test_a_lost_link_pauses_and_the_address_lives_on_when_it_is_back(tunnel: Tunnelled) -> None:
    site = tunnel.site
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    tunnel.sim.tunnel.unlink()
    await tunnel.shaken(message)
    lost = await tunnel.says("no link")
    assert (lost.ok, bool(lost.what_to_do)) == (False, True)
    later = site.write("later.mov", CONTENT)
    await site.bus.publish(later)
    assert (await site.transfer(message)).is_open
    tunnel.sim.tunnel.link()
    assert (await site.http.get(address(await site.exposed(later)))).content == CONTENT
    assert (await site.http.get(address(exposed))).content == CONTENT
    assert not (await site.transfer(later)).address_lost


async def test_a_tunnel_that_stays_away_is_let_go_of(tunnel: Tunnelled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.tunnel.gate.LOST_S", 0.5)
    site = tunnel.site
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.expose(message)
    tunnel.sim.tunnel.unlink()
    await until(lambda: closed(site, message))
    await site.stale(message)
    tunnel.sim.tunnel.link()
    assert (await site.http.get(address(await site.exposed(message, 2)))).content == CONTENT


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(CutBody(after_bytes=1000, times=1000), "did not come back", id="cut"),
        pytest.param(ChangeBody(times=1000), "did not come back as it was", id="changed"),
        pytest.param(EdgeError(status=302, times=1000), "somebody in front answers", id="login-page"),
        pytest.param(EdgeError(status=502, times=1000), "does not reach the fileserver", id="origin"),
        pytest.param(EdgeError(status=530, code=1033, times=1000), "error 1033", id="edge"),
    ],
)
async def test_a_probe_that_does_not_come_back_whole_holds_everything_up(
    tunnel: Tunnelled, fault: CutBody | ChangeBody | EdgeError, words: str
) -> None:
    site = tunnel.site
    tunnel.sim.faults.queue(fault)
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.bus.publish(message)
    told = await tunnel.says(words)
    assert (told.ok, bool(told.what_to_do)) == (False, True)
    assert "/x/" not in told.detail + told.what_to_do
    assert not await tunnel.is_exposed(message)
    tunnel.sim.faults.clear()
    assert (await site.http.get(address(await site.exposed(message)))).content == CONTENT


async def test_a_tunnel_deleted_at_the_far_end_is_found_out(tunnel: Tunnelled) -> None:
    await tunnel.site.start()
    await tunnel.usable()
    tunnel.sim.tunnel.is_reaped = True
    told = await tunnel.says("error 1016")
    assert not told.ok
    assert "Restart cloudflared" in told.what_to_do


async def test_a_tunnel_that_never_comes_up_fails_nothing_and_says_why(tunnel: Tunnelled) -> None:
    site = tunnel.site
    site.settings["tunnel_start_s"] = 0.3
    tunnel.sim.tunnel.refuses = True
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.bus.publish(message)
    told = await tunnel.says("not up within 0.3 s: cloudflared does not answer")
    assert (told.ok, "TUNNEL_API" in told.what_to_do) == (False, True)
    for state in ("exposed", "failed", "superseded"):
        assert await site.last(f"postflow.file.{state}.{message.file_id}") is None
    tunnel.sim.tunnel.start()
    assert (await site.http.get(address(await site.exposed(message)))).content == CONTENT


async def test_a_stop_does_not_wait_for_a_probe_that_hangs(tunnel: Tunnelled) -> None:
    tunnel.sim.faults.queue(Delay(route="front", delay_s=60))
    await tunnel.site.start()

    async def is_asked() -> bool:
        return not tunnel.sim.faults.as_json()

    await until(is_asked)
    async with asyncio.timeout(5):
        await tunnel.site.stop()


async def test_a_sidecar_that_talks_nonsense_is_borne(tunnel: Tunnelled) -> None:
    tunnel.sim.faults.queue(
        Nonsense(route="quicktunnel", body="<html>", times=3),
        Nonsense(route="quicktunnel", body="[1]", times=3),
        Nonsense(route="quicktunnel", body='{"hostname": "not a name"}', times=3),
        Nonsense(route="quicktunnel", body='{"hostname": {"a": 1}}', times=3),
        Nonsense(route="quicktunnel", body='{"hostname": "a:b:c"}', times=3),
        Nonsense(route="ready", body='{"readyConnections": "many"}', times=3),
        Nonsense(route="ready", status=418, body="{}", times=3),
    )
    await tunnel.site.start()
    await tunnel.says("cloudflared")
    await tunnel.usable()


async def test_a_name_that_this_machine_cannot_resolve_does_not_block_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fileserver.tunnel.gate.UNRESOLVED_S", 0.3)
    async with tunnel_to(site, front="http://front.invalid") as tunnel:
        await site.start()
        await tunnel.says("but this machine")
        told = await tunnel.says("not proven")
        assert told.ok
        exposed = await site.expose(site.write("a.mov", CONTENT))
        assert address(exposed).startswith("http://front.invalid/t/")


async def test_a_named_tunnel_is_known_by_its_setting(site: Site) -> None:
    async with tunnel_to(site, named="film") as tunnel:
        site.settings["public_url"] = tunnel.name
        await site.start()
        assert (await site.http.get(address(await site.expose(site.write("a.mov", CONTENT))))).content == CONTENT


@pytest.mark.parametrize(
    ("named", "public_url", "words"),
    [
        pytest.param("film", "", "does not say what that is called", id="no-setting"),
        pytest.param("film", "http://other.example", "leads film.example, *.cut.example somewhere", id="other-host"),
        pytest.param("", "http://film.example", "runs a quick tunnel", id="quick"),
    ],
)
async def test_a_named_tunnel_that_is_not_the_one_is_said_to_be_none(
    site: Site, named: str, public_url: str, words: str
) -> None:
    async with tunnel_to(site, named=named, rules=("film.example", "*.cut.example")) as tunnel:
        site.settings["public_url"] = public_url
        await site.start()
        told = await tunnel.says(words)
        assert (told.ok, bool(told.what_to_do)) == (False, True)
        assert tunnel.sim.journal.count("front") == 0
