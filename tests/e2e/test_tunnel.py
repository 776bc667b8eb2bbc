"""A tunnel that gets another name, or whose edge is out of order, while files are on their way through it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from onehost import ports
from onehost.layout import HOST, Ports
from onehost.stack import Stack
from simulators.cloudflared import CloudflaredSimulator, Settings
from simulators.cloudflared.faults import EdgeError
from simulators.serving import running
from tests.e2e.studio import SETTINGS, at_work, eventually, sha256, stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SLOW_BYTES_PER_S = 4_000_000
"""And a film that the connections on the way cannot hold, so that it is really cut."""


ITS_PAGE = {"kind": "error_page", "status": 530, "body": "error code: 1033", "until_s": 3600}

Tunnel = tuple[CloudflaredSimulator, str, int]
"""The tunnel, its metrics port, and the port that it leads to."""


@pytest.fixture
async def tunnel() -> AsyncIterator[Tunnel]:
    (public,) = ports.free(1)
    settings = Settings(origin=f"http://{HOST}:{public}", answers_after_s=0.2, linked_after_s=0.3)
    simulator = CloudflaredSimulator(settings)
    async with running(simulator.app) as base_url:
        yield simulator, base_url, public
        await simulator.aclose()
        assert not simulator.journal.violations, simulator.journal.refused


async def test_a_file_whose_address_is_lost_in_mid_fetch_arrives_once_through_the_new_one(
    tmp_path: Path, tunnel: Tunnel
) -> None:
    simulator, api, _ = tunnel
    content = os.urandom(40_000_000)
    name = "SQ01/UNDLM_00020/SQ01_UNDLM_00020_v001.mov"
    async with at_work(behind(tunnel, tmp_path)) as studio:
        old = simulator.public_url(api)
        await studio.frameio_settings(fetch_bytes_per_s=SLOW_BYTES_PER_S)
        before = simulator.front.bytes_passed
        studio.export(name, content)

        async def under_way() -> bool:
            return simulator.front.bytes_passed > before + 1_000_000

        await eventually(under_way, "the fetch is under way")
        simulator.tunnel.start()
        await studio.frameio_settings(fetch_bytes_per_s=None)
        (asset,) = await studio.delivered(name)
        assert asset["sha256"] == sha256(content)
        assert asset["source_url"].startswith(simulator.public_url(api))
        assert not asset["source_url"].startswith(old)
        assert len(await studio.assets()) == 1
        assert len(await studio.cards_of(Path(name).name)) == 1
        assert await studio.posts() == 2
        log = studio.logs()
        assert "address lost" in log
        assert "/x/" not in log.replace("GET /x", "").replace("HEAD /x", "")


@pytest.mark.parametrize("is_wrong_for_us", [True, False], ids=["to-everybody", "to-frameio-alone"])
async def test_an_edge_that_answers_in_our_place_for_some_seconds_fails_no_file(
    tmp_path: Path, tunnel: Tunnel, is_wrong_for_us: bool
) -> None:
    """Two seconds were enough once to send a file three times into its error page, and to give it up."""
    simulator, _, _ = tunnel
    content = os.urandom(5000)
    name = "SQ01/UNDLM_00021/SQ01_UNDLM_00021_v001.mov"
    async with at_work(behind(tunnel, tmp_path)) as studio, httpx.AsyncClient() as http:

        async def is_in_use() -> bool:
            return "leads here" in (await http.get(f"{studio.stack.health_url('fileserver')}/readyz")).text

        await eventually(is_in_use, "the tunnel is in use")
        faults = f"{studio.stack.urls.frameio}/_sim/faults"
        if is_wrong_for_us:
            simulator.faults.queue(EdgeError(status=530, code=1033, until_s=3600))
        else:
            (await http.post(faults, json={"faults": [ITS_PAGE]})).raise_for_status()
        studio.export(name, content)

        async def came_to_nothing() -> bool:
            return await studio.posts() > 0 and not await studio.assets()

        await eventually(came_to_nothing, "its error page is deleted")
        await studio.settled()
        assert await studio.posts() == 1
        simulator.faults.clear()
        await http.delete(faults)
        (asset,) = await studio.delivered(name, timeout_s=60)
        await studio.settled()
        assert asset["sha256"] == sha256(content)
        assert len(await studio.assets()) == 1
        assert len(await studio.cards()) == 1
        assert await studio.posts() == 2


def behind(tunnel: Tunnel, folder: Path) -> Stack:
    _, api, public = tunnel
    settings = SETTINGS | {"TUNNEL": "cloudflared", "PUBLIC_URL": "", "TUNNEL_API": api, "TUNNEL_SETTLE_S": "0.5"}
    return stack(folder, settings=settings, wanted_ports=Ports(public=public), uploaders=1)
