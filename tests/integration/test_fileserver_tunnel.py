"""The fileserver behind a tunnel: nothing is exposed before its name is found to lead here."""

import asyncio

import pytest

from postflow.checks import Check
from simulators.cloudflared.faults import ChangeBody, CutBody, EdgeError, Nonsense
from simulators.faults import Delay
from tests.integration.fileserver_site import Site, address, until
from tests.integration.fileserver_tunnel import Tunnelled, tunnel_to

pytestmark = pytest.mark.usefixtures("short_times")

CONTENT = b"frame by frame"


async def test_nothing_is_exposed_before_the_name_leads_here(site: Site) -> None:
    async with tunnel_to(site, answers_after_s=1.0, linked_after_s=1.0) as tunnel:
        site.settings["tunnel_settle_s"] = 1.0  # each phase is long enough to be seen on a busy machine
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


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(CutBody(after_bytes=1000, times=1000), "did not come back", id="cut"),
        pytest.param(ChangeBody(times=1000), "did not come back as it was", id="changed"),
        pytest.param(EdgeError(status=302, times=1000), "somebody in front sends us", id="login-page"),
        pytest.param(
            EdgeError(status=302, location="https://studio.cloudflareaccess.com/cdn-cgi/access/login", times=1000),
            "a login of Cloudflare Access stands in front",
            id="access",
        ),
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


async def test_a_name_is_not_asked_for_before_resolvers_know_it(site: Site) -> None:
    """Whoever asks too early hears for half an hour that there is none: the simulated edge calls it a violation."""
    async with tunnel_to(site, published_after_s=0.5) as tunnel:
        site.settings["tunnel_settle_s"] = 1.5
        await site.start()
        exposed = await site.expose(site.write("a.mov", CONTENT))
        assert (await site.http.get(address(exposed))).content == CONTENT
        assert tunnel.sim.journal.violations == 0


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
    async def cannot_find(_: str) -> bool:
        return False

    monkeypatch.setattr("fileserver.tunnel.probe.can_find", cannot_find)
    monkeypatch.setattr("fileserver.tunnel.gate.UNRESOLVED_S", 0.3)
    async with tunnel_to(site, front="http://front.invalid") as tunnel:
        await site.start()
        await tunnel.says("but this machine")
        told = await tunnel.says("not proven")
        assert told.ok
        message = site.write("a.mov", CONTENT)
        exposed = await site.expose(message)
        await tunnel.shaken(message)
        assert address(exposed).startswith("http://front.invalid/t/")
        assert (await site.record(message)).address_lost


async def test_a_name_that_was_deleted_while_we_were_down_is_given_to_nobody(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def can_find(_: str) -> bool:
        return True

    monkeypatch.setattr("fileserver.tunnel.probe.can_find", can_find)
    monkeypatch.setattr("fileserver.tunnel.gate.UNRESOLVED_S", 0.3)
    async with tunnel_to(site, front="http://front.invalid") as tunnel:
        await site.start()
        message = site.write("a.mov", CONTENT)
        await site.bus.publish(message)
        told = await tunnel.says("no such name")
        front = tunnel.sim.journal.count("quicktunnel")
        await until(tunnel.is_true(lambda: tunnel.sim.journal.count("quicktunnel") > front + 20))
        assert not tunnel.check().ok
        assert told.what_to_do
        assert not await tunnel.is_exposed(message)


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
