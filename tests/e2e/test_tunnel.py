"""A tunnel that gets another name while files are on their way through it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from onehost import ports
from onehost.layout import HOST, Ports
from simulators.cloudflared import CloudflaredSimulator, Settings
from simulators.serving import running
from tests.e2e.studio import SETTINGS, at_work, eventually, sha256, stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SLOW_BYTES_PER_S = 4_000_000
"""And a film that the connections on the way cannot hold, so that it is really cut."""


@pytest.fixture
async def tunnel() -> AsyncIterator[tuple[CloudflaredSimulator, str, int]]:
    """The tunnel, its metrics port, and the port that it leads to."""
    (public,) = ports.free(1)
    settings = Settings(origin=f"http://{HOST}:{public}", answers_after_s=0.2, linked_after_s=0.3)
    simulator = CloudflaredSimulator(settings)
    async with running(simulator.app) as base_url:
        yield simulator, base_url, public
        await simulator.aclose()
        assert not simulator.journal.violations, simulator.journal.refused


async def test_a_file_whose_address_is_lost_in_mid_fetch_arrives_once_through_the_new_one(
    tmp_path: Path, tunnel: tuple[CloudflaredSimulator, str, int]
) -> None:
    simulator, api, public = tunnel
    settings = SETTINGS | {"TUNNEL": "cloudflared", "PUBLIC_URL": "", "TUNNEL_API": api, "TUNNEL_SETTLE_S": "0.5"}
    prepared = stack(tmp_path, settings=settings, wanted_ports=Ports(public=public), uploaders=1)
    content = os.urandom(40_000_000)
    name = "SQ01/UNDLM_00020/SQ01_UNDLM_00020_v001.mov"
    async with at_work(prepared) as studio:
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
