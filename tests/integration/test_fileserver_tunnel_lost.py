"""What becomes of open exposures when the tunnel goes away, and comes back under its name or another."""

import httpx
import pytest

from fileserver.exposure import State
from fileserver.readers import CHUNK_BYTES
from fileserver.tunnel.gate import Found, Probed
from fileserver.tunnel.probe import Probe
from postflow.messages import FileReady
from tests.integration.fileserver_site import Site, address, until
from tests.integration.fileserver_tunnel import Tunnelled

CONTENT = b"frame by frame"
FILM = bytes(24 * CHUNK_BYTES)
"""More than the connections on the way can hold."""


async def closed(site: Site, message: FileReady) -> bool:
    return (await site.record(message)).state is State.REVOKED


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


async def test_a_fetch_that_flows_goes_on_though_our_own_probes_fail(
    tunnel: Tunnelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fileserver.tunnel.gate.LOST_S", 0.5)
    through, is_blocked = Probe.through, False

    async def sometimes(probe: Probe, http: httpx.AsyncClient, base_url: str, *, cure: str) -> Probed:
        if is_blocked:
            return Probed(Found.BROKEN, "did not come back", "")
        return await through(probe, http, base_url, cure=cure)

    monkeypatch.setattr(Probe, "through", sometimes)
    site = tunnel.site
    await site.start()
    flowing, untouched = site.write("a.mov", FILM), site.write("b.mov", CONTENT)
    exposed = await site.expose(flowing)
    await site.expose(untouched)
    async with site.http.stream("GET", address(exposed)) as pull:
        arriving = pull.aiter_raw()
        got = len(await anext(arriving))
        is_blocked = True
        await until(lambda: closed(site, untouched))
        async for chunk in arriving:
            got += len(chunk)
    assert got == len(FILM)
    told = await site.transfer(flowing)
    assert (told.is_open, told.address_lost) == (True, True)
