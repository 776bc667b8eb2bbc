"""A `stale` of a file that never came through: is it the tunnel?"""

import asyncio

import pytest

from postflow.messages import FileReady
from simulators.cloudflared.faults import EdgeError
from tests.integration.fileserver_site import Site, address, until
from tests.integration.fileserver_tunnel import Tunnelled

CONTENT = b"frame by frame"


@pytest.fixture
def unsuspecting(monkeypatch: pytest.MonkeyPatch, short_times: None) -> None:
    """Nobody probes a name again by himself."""
    monkeypatch.setattr("fileserver.tunnel.gate.PROBE_PERIOD_S", 600.0)


@pytest.fixture
async def site(site: Site, unsuspecting: None) -> Site:
    return site


async def exposed_and_edge_gone(tunnel: Tunnelled) -> FileReady:
    """Its near end says that all is well, and the edge answers with pages of its own."""
    await tunnel.site.start()
    message = tunnel.site.write("a.mov", CONTENT)
    await tunnel.site.expose(message)
    tunnel.sim.faults.queue(EdgeError(status=530, code=1033, times=100_000))
    return message


async def test_nothing_is_exposed_again_before_the_name_was_looked_at_anew(tunnel: Tunnelled) -> None:
    site = tunnel.site
    message = await exposed_and_edge_gone(tunnel)
    page = await site.http.get(address(await site.exposed(message)))
    assert page.status_code == 530
    await site.stale(message)
    told = await tunnel.says("error 1033")
    assert (told.ok, "Restart cloudflared" in told.what_to_do) == (False, True)
    other = site.write("b.mov", CONTENT)
    await site.bus.publish(other)
    await tunnel.shaken(message)
    assert (await site.exposed(message)).exposure == 1
    assert not await tunnel.is_exposed(other)
    tunnel.sim.faults.clear()
    for waiting, exposure in ((message, 2), (other, 1)):
        assert (await site.http.get(address(await site.exposed(waiting, exposure)))).content == CONTENT
    assert not (await site.transfer(message, 2)).address_lost


async def test_a_lost_link_is_noticed_by_the_stale_itself(tunnel: Tunnelled, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not by the next look of the fileserver's own."""
    site = tunnel.site
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.expose(message)
    monkeypatch.setattr("fileserver.tunnel.gate.BLIP_S", 600.0)
    tunnel.sim.tunnel.unlink()
    await site.stale(message)
    await tunnel.says("no link")
    await tunnel.shaken(message)
    assert (await site.exposed(message)).exposure == 1
    tunnel.sim.tunnel.link()
    assert (await site.http.get(address(await site.exposed(message, 2)))).content == CONTENT


async def test_a_file_that_went_out_whole_accuses_no_tunnel(tunnel: Tunnelled) -> None:
    site = tunnel.site
    await site.start()
    message = site.write("a.mov", CONTENT)
    assert (await site.http.get(address(await site.expose(message)))).content == CONTENT
    asked = tunnel.sim.journal.count("front")
    await site.stale(message)
    await site.exposed(message, 2)
    assert tunnel.sim.journal.count("front") == asked


async def test_several_that_did_not_come_through_are_all_exposed_again(tunnel: Tunnelled) -> None:
    site = tunnel.site
    await site.start()
    messages = [site.write(f"{number}.mov", CONTENT) for number in range(4)]
    for message in messages:
        await site.expose(message)
    await asyncio.gather(*(site.stale(message) for message in messages))
    for message in messages:
        assert (await site.http.get(address(await site.exposed(message, 2)))).content == CONTENT
    await until(tunnel.is_true(lambda: tunnel.check().ok))


async def test_who_says_that_a_fetch_came_to_nothing_has_the_tunnel_looked_at(tunnel: Tunnelled) -> None:
    """The address stays open meanwhile: whoever asked finds in a later answer that it was the tunnel."""
    site = tunnel.site
    message = await exposed_and_edge_gone(tunnel)
    assert not (await site.transfer(message)).address_lost
    await site.transfer(message, came_to_nothing=True)
    await tunnel.says("error 1033")
    await tunnel.shaken(message)
    seen = await site.transfer(message)
    assert (seen.is_open, seen.address_lost) == (True, True)


async def test_a_good_tunnel_is_used_on_after_it_was_looked_at(tunnel: Tunnelled) -> None:
    site = tunnel.site
    await site.start()
    message = site.write("a.mov", CONTENT)
    opened = await site.expose(message)
    asked = tunnel.sim.journal.count("front")
    await site.transfer(message, came_to_nothing=True)
    await until(tunnel.is_true(lambda: tunnel.sim.journal.count("front") > asked and tunnel.check().ok))
    assert not (await site.transfer(message)).address_lost
    assert (await site.http.get(address(opened))).content == CONTENT
