"""A file that is delivered again, after a failure or in the middle of it, is one good asset in the end."""

from collections.abc import AsyncIterator

import pytest

from postflow.bus import Bus
from simulators.frameio.faults import DelayFetch, Status
from tests.integration.uploader_rig import Rig, rig


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    async with rig(bus) as made:
        yield made


async def test_a_failure_after_the_post_leaves_nothing_that_a_retry_would_wait_for(studio: Rig) -> None:
    studio.frameio.faults.queue(DelayFetch(route="remote_upload", delay_s=60), Status(route="list_files", status=403))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (failed,) = await studio.published("failed")
        assert failed.code == "FRAMEIO_FORBIDDEN"
        assert studio.assets() == []
        await studio.bus.publish(studio.exposed(attempt=2))
        (delivered,) = await studio.published("delivered", timeout_s=15)
    assert [asset.id for asset in studio.assets()] == [delivered.asset_id]


async def test_what_a_failure_could_not_delete_is_deleted_by_the_retry(studio: Rig) -> None:
    studio.frameio.faults.queue(
        DelayFetch(route="remote_upload", delay_s=60),
        Status(route="list_files", status=403),
        Status(route="delete_file", status=403),
    )
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("failed")
        (left,) = studio.assets()
        await studio.bus.publish(studio.exposed(attempt=2))
        (delivered,) = await studio.published("delivered")
    assert [asset.id for asset in studio.assets()] == [delivered.asset_id]
    assert delivered.asset_id != left.id


async def test_a_file_that_is_whole_when_its_attempt_is_given_up_is_delivered(
    studio: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may list the folder any more, but the file itself can still be looked at."""
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.6)
    studio.frameio.faults.queue(Status(route="list_files", status=403, times=100))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (delivered,) = await studio.published("delivered")
    assert [asset.id for asset in studio.assets()] == [delivered.asset_id]


async def test_an_attempt_that_was_released_before_the_one_before_was_delivered_makes_no_second_asset(
    studio: Rig,
) -> None:
    """The watcher took it for forgotten and released it anew; then the first attempt was taken up again after all."""
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("playable")
        await studio.bus.publish(studio.exposed(attempt=2))
        first, second = await studio.published("delivered", 2)
        await studio.settled()
    assert (second.attempt, second.asset_id) == (2, first.asset_id)
    assert len(studio.assets()) == 1


async def test_what_a_person_wants_once_more_is_sent_once_more(studio: Rig) -> None:
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("playable")
        await studio.bus.publish(studio.exposed(attempt=2, again=True))
        first, second = await studio.published("delivered", 2)
    assert {asset.id for asset in studio.assets()} == {first.asset_id, second.asset_id}
    assert len(studio.assets()) == 2
