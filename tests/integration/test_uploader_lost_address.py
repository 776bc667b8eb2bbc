"""An address that was lost with the tunnel: the uploader asks for another, and the file has used no try."""

from collections.abc import AsyncIterator

import pytest

from postflow.bus import Bus
from simulators.frameio.faults import NeverFetch
from tests.integration.uploader_rig import Rig, rig
from uploader.resending import MOST_SENDS


@pytest.fixture
async def studio(bus: Bus) -> AsyncIterator[Rig]:
    async with rig(bus) as studio:
        yield studio


async def test_nobody_is_sent_to_an_address_that_was_lost_before_the_post(studio: Rig) -> None:
    studio.source.lost = {1}
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (stale,) = await studio.published("stale")
        assert studio.frameio.journal.count("remote_upload") == 0
        await studio.bus.publish(studio.exposed(exposure=2))
        await studio.published("delivered")
    assert stale.exposure == 1
    assert len(studio.assets()) == 1


async def test_addresses_lost_more_often_than_a_file_is_sent_fail_nothing(studio: Rig) -> None:
    """Each is lost after the POST and before anybody fetched."""
    rounds = MOST_SENDS + 1
    studio.frameio.faults.queue(NeverFetch(route="remote_upload", times=rounds))
    async with studio.uploading():
        for exposure in range(1, rounds + 1):
            await studio.bus.publish(studio.exposed(exposure=exposure))
            await studio.posted(exposure)
            studio.source.lost.add(exposure)
            await studio.published("stale", count=exposure)
            assert studio.assets() == []
        await studio.bus.publish(studio.exposed(exposure=rounds + 1))
        await studio.published("delivered")
    assert len(studio.assets()) == 1


async def test_what_was_whole_before_the_loss_is_delivered(studio: Rig) -> None:
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.posted(1)
        await studio.frameio.fetched()
        studio.source.lost = {1}
        await studio.published("delivered")
    assert studio.frameio.journal.count("remote_upload") == 1
