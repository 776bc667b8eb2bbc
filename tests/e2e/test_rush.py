"""Many films at once, with four uploaders that share Frame.io's limits."""

import os
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.e2e.studio import SETTINGS, Studio, at_work, eventually, sha256, stack

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

FILMS = 100
LARGE_BYTES = 1_000_000
MASTERS = 8
SLOWLY_BYTES_PER_S = 200_000.0
LATE = 3
"""Calls that left in time, and reached Frame.io so late on a busy machine that they met the ones after them."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    settings = SETTINGS | {"LARGE_BYTES": str(LARGE_BYTES)}
    async with at_work(stack(tmp_path_factory.mktemp("stack"), settings=settings, uploaders=4)) as studio:
        yield studio


async def test_a_shot_overtakes_eight_masters_that_came_before_it(studio: Studio) -> None:
    masters = [f"SQ02/UNDLM_{number:05d}/SQ02_UNDLM_{number:05d}_v001.mov" for number in range(MASTERS)]
    await studio.frameio_settings(fetch_bytes_per_s=SLOWLY_BYTES_PER_S)
    for master in masters:
        studio.export(master, os.urandom(LARGE_BYTES))

    async def underway() -> bool:
        return len(await studio.assets()) == 2

    await eventually(underway, "two masters are underway")
    shot = "SQ01/UNDLM_00500/SQ01_UNDLM_00500_v001.mov"
    studio.export(shot, os.urandom(1000))
    await studio.delivered(shot)
    assert len([asset for asset in await studio.assets() if asset["sha256"]]) < 1 + MASTERS
    await studio.frameio_settings(fetch_bytes_per_s=None)
    await stored(studio, MASTERS + 1)


async def test_a_hundred_films_become_a_hundred_assets_within_the_limits(studio: Studio) -> None:
    before = await answers(studio)
    films = {f"SQ01_UNDLM_{number:05d}_v001.mov": os.urandom(3000) for number in range(FILMS)}
    for name, content in films.items():
        studio.export(f"SQ01/{name[5:16]}/{name}", content)
    await stored(studio, MASTERS + 1 + FILMS)
    await studio.settled()
    found = {asset["name"]: asset["sha256"] for asset in await studio.assets()}
    assert len(await studio.assets()) == MASTERS + 1 + FILMS
    assert [name for name, content in films.items() if found[name] != sha256(content)] == []
    now = await answers(studio)
    assert now["202"] - before["202"] == FILMS
    assert now["429"] - before["429"] <= LATE


async def stored(studio: Studio, count: int) -> None:
    async def are_there() -> bool:
        return len([asset for asset in await studio.assets() if asset["sha256"]]) >= count

    await eventually(are_there, f"{count} films are stored", timeout_s=120)


async def answers(studio: Studio) -> Counter[str]:
    """How often Frame.io took a film, and how often it said that it was asked too fast, by status."""
    async with httpx.AsyncClient() as http:
        calls = (await http.get(f"{studio.stack.urls.frameio}/_sim/calls")).json()
    return Counter(calls["routes"]["remote_upload"]["statuses"])
