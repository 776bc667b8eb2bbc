"""What people do in Frame.io meanwhile, and answers that nobody expects: every file still comes to an end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from postflow.bus import Bus
from postflow.errors import NotYet
from postflow.messages import FileDelivered, FileExposed
from postflow.reading import Delivery
from postflow.topology import STREAM
from simulators.frameio.assets import Folder
from simulators.frameio.faults import DelayFetch, ErrorAfterCommit, ErrorPage, NeverFetch, Status
from tests.integration.uploader_rig import Rig, rig


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    for name, seconds in {
        "uploader.posting.SEND_S": 1.0,
        "uploader.posting.SETTLE_S": 0.5,
        "uploader.posting.BETWEEN_LOOKS_S": 0.01,
        "uploader.deliver.GONE_RETRY_S": 0.1,
        "uploader.frameio.folders.NEW_S": 0.3,
        "uploader.aftermath.FIRST_PLAYABLE_LOOK_S": 0.1,
        "uploader.ledger.PLACE_TAKEN_RETRY_S": 0.2,
        "uploader.frameio.statuses.SOONEST_S": 0.02,
        "uploader.frameio.statuses.LATEST_S": 0.1,
    }.items():
        monkeypatch.setattr(name, seconds)
    async with rig(bus) as made:
        yield made


async def posted(studio: Rig, count: int = 1) -> None:
    async with asyncio.timeout(10):
        while studio.frameio.journal.count("remote_upload") < count:
            await asyncio.sleep(0.01)


async def settled(studio: Rig) -> None:
    """Every message of the uploader has been acknowledged, and none is scheduled."""
    async with asyncio.timeout(10):
        while True:
            info = await studio.bus.jetstream.consumer_info(STREAM, "uploader")
            if (info.num_pending, info.num_ack_pending) == (0, 0):
                return
            await asyncio.sleep(0.05)


def delete_folder(studio: Rig, name: str) -> None:
    studio.frameio.store.delete_folder(folder(studio, name), now=0.0)


def folder(studio: Rig, name: str) -> Folder:
    return next(found for found in studio.frameio.store.folders.values() if found.name == name)


async def test_a_folder_that_may_not_be_listed_any_more_fails_all_files_in_it(studio: Rig) -> None:
    studio.frameio.faults.queue(DelayFetch(route="remote_upload", delay_s=60), Status(route="list_files", status=403))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (failed,) = await studio.published("failed")
        await studio.bus.publish(studio.exposed(mtime_ns=2))
        await studio.published("delivered")
    assert failed.code == "FRAMEIO_FORBIDDEN"


async def test_a_file_whose_folder_is_deleted_while_it_is_fetched_is_asked_for_again(
    studio: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uploader.verify.NOT_LISTED_S", 0.5)
    studio.frameio.faults.queue(NeverFetch(route="remote_upload"))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await posted(studio)
        delete_folder(studio, "WIP_BYSHOT")
        await studio.published("stale")
        await studio.bus.publish(studio.exposed(exposure=2))
        await studio.published("delivered")
    assert len(studio.assets()) == 1


async def test_a_post_of_unknown_end_into_a_folder_that_is_gone_is_made_again_elsewhere(studio: Rig) -> None:
    studio.frameio.faults.queue(ErrorAfterCommit(route="remote_upload", cut=True))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await posted(studio)
        delete_folder(studio, "WIP_BYSHOT")
        await studio.published("delivered")
    assert len(studio.assets()) == 1


async def test_a_project_that_is_deleted_meanwhile_fails_with_what_to_do(studio: Rig) -> None:
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("delivered")
        store = studio.frameio.store
        (project,) = store.projects.values()
        store.projects.clear()
        root = store.folder(project.root_folder_id)
        assert root is not None
        store.delete_folder(root, now=0.0)
        await studio.bus.publish(studio.exposed(mtime_ns=2))
        (failed,) = await studio.published("failed")
    assert failed.code == "PROJECT_MISSING"


@pytest.mark.parametrize("trouble", ["gone", "forbidden"])
async def test_what_was_delivered_stays_so_though_nobody_can_see_whether_it_plays(bus: Bus, trouble: str) -> None:
    async with rig(bus, transcoded_after_s=600) as studio, studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("delivered")
        if trouble == "gone":
            delete_folder(studio, "WIP_BYSHOT")
        else:
            studio.frameio.faults.queue(Status(route="list_files", status=403, times=100))
        await settled(studio)
        assert [type(message) for message in await studio.story()] == [FileExposed, FileDelivered]


class Clock:
    def __init__(self, studio: Rig) -> None:
        self._real = studio.now
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return self._real() + self.ahead


async def test_what_was_posted_hours_ago_is_adopted_and_kept_though_newer_files_lie_beside_it(studio: Rig) -> None:
    studio.now = clock = Clock(studio)
    studio.frameio.faults.queue(ErrorAfterCommit(route="remote_upload", cut=True))
    message = studio.exposed(expires_at=studio.now() + timedelta(hours=20))
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        with pytest.raises(NotYet):
            await (await studio.deliver(http))(Delivery(message, sequence=1, count=1))
        (ours,) = studio.assets()
        async with asyncio.timeout(10):
            while ours.transcoded_at is None:
                await asyncio.sleep(0.01)
        clock.ahead = timedelta(hours=3)
        parent = studio.frameio.store.folder(ours.parent_id)
        assert parent is not None
        newer = studio.frameio.store.add_file(
            parent, "newer.mov", creator=studio.frameio.store.user, now=ours.created_at + 3600
        )
        await (await studio.deliver(http))(Delivery(message, sequence=1, count=2))
    (delivered,) = await studio.published("delivered")
    assert isinstance(delivered, FileDelivered)
    assert delivered.asset_id == ours.id
    assert studio.assets() == [ours, newer]


async def test_who_waits_for_a_place_gives_way_to_its_holder_when_that_needs_another_address(studio: Rig) -> None:
    """Only so many addresses are open at once: were this one kept, the holder might never get its own."""
    studio.frameio.faults.queue(ErrorPage(route="remote_upload"))
    async with studio.uploading():
        holder, waiting = studio.exposed(), studio.exposed(mtime_ns=2)
        await studio.bus.publish(holder)
        await studio.published("stale")
        await studio.bus.publish(waiting)
        _, gave_way = await studio.published("stale", count=2)
        assert gave_way.file_id == waiting.file_id
        await studio.bus.publish(studio.exposed(exposure=2))
        await studio.published("delivered")
        await studio.bus.publish(studio.exposed(exposure=2, mtime_ns=2))
        first, second = await studio.published("delivered", count=2)
    assert (first.file_id, second.file_id) == (holder.file_id, waiting.file_id)
    assert len(studio.assets()) == 2
