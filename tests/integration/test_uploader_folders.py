"""A folder that Frame.io does not know yet was not deleted: it is made once, and nobody waits long for it."""

import time
from collections.abc import AsyncIterator

import pytest

from postflow.bus import Bus
from simulators.frameio.faults import ErrorAfterCommit, NotFoundFor, Status, UnlistedFor
from tests.examples import destination
from tests.integration.uploader_rig import Rig, rig


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    monkeypatch.setattr("uploader.deliver.GONE_RETRY_S", 0.2)
    async with rig(bus, limit_scale=10) as made:
        yield made


def made(studio: Rig) -> list[str]:
    """Names of all folders that there are, but for the projects' own."""
    there = studio.frameio.store.folders.values()
    return sorted(folder.name for folder in there if folder.parent_id is not None and folder.deleted_at is None)


FOLDERS = ["SC01_SEQ_INTRO", "WIP_BYSHOT"]


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "unlisted"])
async def test_a_new_folder_that_is_not_found_at_first_is_made_once(studio: Rig, name: str, listed: bool) -> None:
    studio.frameio.faults.queue(NotFoundFor(route="create_folder", name=name, seconds=1.5))
    if not listed:
        studio.frameio.faults.queue(UnlistedFor(route="create_folder", name=name, seconds=1.5))
    began = time.monotonic()
    async with studio.uploading(replicas=2):
        await studio.bus.publish(studio.exposed())
        await studio.bus.publish(studio.exposed(mtime_ns=2, destination=destination(name="other.mov")))
        await studio.published("delivered", count=2)
    assert made(studio) == FOLDERS
    assert time.monotonic() - began < 10
    assert len(studio.assets()) == 2


async def test_a_folder_whose_making_was_never_answered_is_found_when_it_is_listed(studio: Rig) -> None:
    studio.frameio.faults.queue(
        ErrorAfterCommit(route="create_folder", cut=True), UnlistedFor(route="create_folder", seconds=1.5)
    )
    async with studio.uploading(replicas=2):
        await studio.bus.publish(studio.exposed())
        await studio.published("delivered")
    assert made(studio) == FOLDERS


async def test_a_folder_that_could_not_be_made_is_tried_again_at_once(studio: Rig) -> None:
    studio.frameio.faults.queue(Status(route="create_folder", status=403), Status(route="list_folders", status=403))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("failed")
        await studio.bus.publish(studio.exposed(attempt=2))
        await studio.published("failed", count=2)
        await studio.bus.publish(studio.exposed(attempt=3))
        await studio.published("delivered", timeout_s=5)
    assert made(studio) == FOLDERS


async def test_other_folders_do_not_wait_for_one_of_which_nobody_knows_whether_it_was_made(studio: Rig) -> None:
    studio.frameio.faults.queue(
        ErrorAfterCommit(route="create_folder", name="STUCK", cut=True),
        UnlistedFor(route="create_folder", name="STUCK", seconds=60),
    )
    async with studio.uploading():
        await studio.bus.publish(studio.exposed(destination=destination(folder=("STUCK",))))
        await studio.bus.publish(studio.exposed(mtime_ns=2, destination=destination(folder=("FREE",))))
        (delivered,) = await studio.published("delivered", timeout_s=5)
    assert delivered.destination.folder == ("FREE",)
