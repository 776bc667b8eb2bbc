"""What is killed or restarted meanwhile changes nothing in the result."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.studio import Studio, at_work, eventually, sha256, stack

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with at_work(stack(tmp_path_factory.mktemp("stack"))) as studio:
        yield studio


async def test_both_uploaders_killed_between_post_and_verification(studio: Studio) -> None:
    """Frame.io fetches after three seconds, so there is time to kill whoever has posted."""
    name = "SQ01/UNDLM_00010/SQ01_UNDLM_00010_v001.mov"
    content = os.urandom(5000)
    await studio.frameio_settings(fetch_delay_s=3.0)
    studio.export(name, content)

    async def posted() -> bool:
        return len(await studio.assets_named(name)) == 1

    await eventually(posted, "the file is posted")
    await studio.stack.kill("uploader-1", "uploader-2")
    await studio.frameio_settings(fetch_delay_s=0.3)
    await studio.stack.start("uploader-1", "uploader-2")
    (asset,) = await studio.delivered(name, timeout_s=100)
    await studio.settled()
    assert asset["sha256"] == sha256(content)
    assert len(await studio.assets_named(name)) == 1
    assert len(await studio.cards_of(name)) == 1


async def test_the_broker_killed_in_mid_delivery(studio: Studio) -> None:
    name = "SQ01/UNDLM_00011/SQ01_UNDLM_00011_v001.mov"
    content = os.urandom(5000)
    await studio.frameio_settings(fetch_delay_s=2.0)
    studio.export(name, content)

    async def posted() -> bool:
        return len(await studio.assets_named(name)) == 1

    await eventually(posted, "the file is posted")
    await studio.stack.kill("nats-server")
    await asyncio.sleep(1.0)
    await studio.stack.start("nats-server")
    await studio.frameio_settings(fetch_delay_s=0.3)
    (asset,) = await studio.delivered(name, timeout_s=100)
    await studio.settled()
    assert asset["sha256"] == sha256(content)
    assert len(await studio.assets_named(name)) == 1
    assert len(await studio.cards_of(name)) == 1


async def test_after_a_restart_of_everything_nothing_is_sent_again(studio: Studio) -> None:
    name = "SQ01/UNDLM_00012/SQ01_UNDLM_00012_v001.mov"
    studio.export(name, os.urandom(4000))
    await studio.delivered(name)
    await studio.settled()
    posts, cards = await studio.posts(), len(await studio.cards())
    await studio.stack.stop(*studio.stack.services)
    await studio.stack.restart("nats-server")
    while_away = "SQ01/UNDLM_00013/SQ01_UNDLM_00013_v001.mov"
    studio.export(while_away, os.urandom(4000))
    await studio.stack.start(*studio.stack.services)
    await studio.delivered(while_away)
    await studio.settled()
    assert (await studio.posts(), len(await studio.cards())) == (posts + 1, cards + 1)


async def test_a_first_start_over_a_thousand_files_sends_nothing(tmp_path: Path) -> None:
    prepared = stack(tmp_path)
    exports = prepared.folders.volume / "EXPORTS"
    for number in range(1000):
        target = exports / f"SQ01/UNDLM_{number:05d}/SQ01_UNDLM_{number:05d}_v001.mov"
        target.parent.mkdir(parents=True)
        target.write_bytes(b"an old film")
    async with at_work(prepared) as studio:

        async def said() -> bool:
            return "1,000 files were here before me" in studio.logs()

        await eventually(said, "the watcher says what it found")
        new = "SQ02/UNDLM_00030/SQ02_UNDLM_00030_v001.mov"
        studio.export(new, os.urandom(3000))
        await studio.delivered(new)
        assert len(await studio.assets()) == 1
