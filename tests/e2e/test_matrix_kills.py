"""Each process killed or frozen while films are at every stage, with one uploader and with three."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.blows import KILLS, Blow, Scene, scene_in

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scenes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Scene]]:
    """With one uploader and with three: each is struck for itself, and both at a time, as they mostly wait."""
    folder = tmp_path_factory.mktemp("stack")
    async with scene_in(folder / "one", uploaders=1) as one, scene_in(folder / "three", uploaders=3) as three:
        yield [one, three]


@pytest.mark.parametrize("blow", KILLS, ids=str)
async def test_films_at_every_stage_become_one_asset_and_one_card_each(scenes: list[Scene], blow: Blow) -> None:
    async with asyncio.TaskGroup() as tasks:
        for scene in scenes:
            tasks.create_task(scene.survives(blow))
