"""The uploader against a real nats-server and the simulated Frame.io."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from postflow.bus import Bus
from postflow.messages import FileDelivered, FileFailed, FileStale, Refusal
from simulators.frameio.faults import ErrorAfterCommit, ErrorPage, NotFoundFor, Status, UnlistedFor
from tests.examples import destination
from tests.integration.uploader_rig import FILM, Rig, rig


@pytest.fixture
async def studio(bus: Bus) -> AsyncIterator[Rig]:
    async with rig(bus) as made:
        yield made


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted POST is settled after seconds instead of nearly a minute."""
    monkeypatch.setattr("uploader.posting.SEND_S", 1.0)
    monkeypatch.setattr("uploader.posting.SETTLE_S", 0.5)
    monkeypatch.setattr("uploader.posting.BETWEEN_LOOKS_S", 0.1)


async def test_an_exposed_file_becomes_one_verified_asset_in_its_folder(studio: Rig) -> None:
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (delivered,) = await studio.published("delivered")
        await studio.published("playable")
    (asset,) = studio.assets()
    assert asset.sha256 == hashlib.sha256(FILM).hexdigest()
    assert studio.frameio.store.path(asset.parent_id) == "WIP_BYSHOT/SC01_SEQ_INTRO"
    assert isinstance(delivered, FileDelivered)
    assert (delivered.asset_id, delivered.media_type) == (asset.id, "video/quicktime")


async def test_many_files_with_three_replicas_make_one_folder_and_one_asset_each(studio: Rig) -> None:
    studio.about.add("rate_limited")  # each replica has a pace of its own
    names = [f"SQ01_UNDLM_{number:05d}_v001.mov" for number in range(8)]
    async with studio.uploading(replicas=3):
        for name in names:
            await studio.bus.publish(studio.exposed(path=name, destination=destination(name=name)))
        await studio.published("delivered", count=len(names), timeout_s=40)
    assert sorted(asset.name for asset in studio.assets()) == names
    assert len([folder for folder in studio.frameio.store.folders.values() if folder.parent_id]) == 2


async def test_the_same_message_again_posts_nothing(studio: Rig) -> None:
    message = studio.exposed()
    async with studio.uploading():
        await studio.bus.publish(message)
        await studio.published("playable")
        payload = message.model_dump_json().encode()
        await studio.bus.publish_raw(message.subject, payload, {"Nats-Msg-Id": "once more"})
        await studio.settled()
    assert len(studio.assets()) == 1
    assert studio.frameio.journal.count("remote_upload") == 1


@pytest.mark.parametrize("cut", [False, True], ids=["5xx", "connection-cut"])
async def test_a_post_whose_answer_was_lost_is_adopted_not_repeated(studio: Rig, hurried: None, cut: bool) -> None:
    studio.frameio.faults.queue(ErrorAfterCommit(route="remote_upload", cut=cut))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (delivered,) = await studio.published("delivered", timeout_s=40)
    (asset,) = studio.assets()
    assert delivered.asset_id == asset.id
    assert studio.frameio.journal.count("remote_upload") == 1


async def test_a_post_that_had_no_effect_is_made_again_after_two_looks(studio: Rig, hurried: None) -> None:
    studio.frameio.faults.queue(Status(route="remote_upload", status=502))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("delivered", timeout_s=40)
    assert len(studio.assets()) == 1
    assert studio.frameio.journal.count("remote_upload") == 2


async def test_an_error_page_is_deleted_and_the_file_asked_for_again(studio: Rig) -> None:
    studio.frameio.faults.queue(ErrorPage(route="remote_upload"))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (stale,) = await studio.published("stale")
        assert isinstance(stale, FileStale)
        assert "16 bytes of 1000" in stale.why
        assert studio.assets() == []
        await studio.bus.publish(studio.exposed(exposure=2))
        (delivered,) = await studio.published("delivered")
    assert delivered.exposure == 2
    assert len(studio.assets()) == 1


async def test_after_three_bad_arrivals_a_person_is_asked(studio: Rig) -> None:
    studio.frameio.faults.queue(ErrorPage(route="remote_upload", times=3))
    async with studio.uploading():
        for exposure in (1, 2, 3):
            await studio.bus.publish(studio.exposed(exposure=exposure))
            await (studio.published("stale", count=exposure) if exposure < 3 else studio.published("failed"))
    (failed,) = await studio.published("failed")
    assert isinstance(failed, FileFailed)
    assert failed.code == "ERROR_PAGE"
    assert studio.assets() == []


async def test_a_missing_project_fails_with_what_to_do(studio: Rig) -> None:
    async with studio.uploading():
        await studio.bus.publish(studio.exposed(destination=destination(project="NOWHERE")))
        (failed,) = await studio.published("failed")
    assert failed.code == "PROJECT_MISSING"
    assert "Create the project" in failed.what_to_do


async def test_a_tainted_fetch_ends_as_superseded_and_nothing_remains(studio: Rig) -> None:
    studio.source.tainted = True
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("superseded")
    assert studio.assets() == []


@pytest.mark.parametrize(
    ("code", "state"), [("REVISION_CHANGED", "superseded"), ("FILE_GONE", "failed")], ids=["changed", "gone"]
)
async def test_a_refused_exposure_is_ended_by_the_uploader(studio: Rig, code: str, state: str) -> None:
    refusal = Refusal(code=code, why="it is not what it was", what_to_do="Export it again.")
    async with studio.uploading():
        await studio.bus.publish(studio.exposed(public_url=None, refusal=refusal))
        await studio.published(state)
    assert studio.frameio.journal.count("remote_upload") == 0


async def test_the_first_seconds_of_a_new_asset_are_borne(studio: Rig) -> None:
    studio.frameio.faults.queue(NotFoundFor(seconds=1.0), UnlistedFor(seconds=1.0))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("delivered")
    assert len(studio.assets()) == 1


async def test_one_revision_of_a_name_waits_for_the_other(studio: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploader.ledger.PLACE_TAKEN_RETRY_S", 0.2)
    async with studio.uploading(replicas=2):
        await studio.bus.publish(studio.exposed())
        await studio.bus.publish(studio.exposed(mtime_ns=2))
        first, second = await studio.published("delivered", count=2)
    assert first.file_id != second.file_id
    assert second.posted_at > first.at
    assert len(studio.assets()) == 2


async def test_a_folder_deleted_by_hand_is_made_again(studio: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploader.deliver.GONE_RETRY_S", 0.1)
    monkeypatch.setattr("uploader.frameio.folders.NEW_S", 0.3)
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (first,) = await studio.published("delivered")
        store = studio.frameio.store
        folder = store.folder(first.folder_id)
        assert folder is not None
        store.delete_folder(folder, now=0.0)
        await studio.bus.publish(studio.exposed(mtime_ns=2))
        _, second = await studio.published("delivered", count=2)
    assert second.folder_id != first.folder_id


async def test_a_replica_that_stops_hands_over_and_nothing_is_posted_twice(bus: Bus) -> None:
    async with rig(bus, fetch_delay_s=1.0) as studio:
        async with studio.uploading():
            await studio.bus.publish(studio.exposed())
            while studio.frameio.journal.count("remote_upload") == 0:
                await asyncio.sleep(0.02)
        studio.stop = asyncio.Event()
        async with studio.uploading():
            await studio.published("delivered")
        assert studio.frameio.journal.count("remote_upload") == 1
        assert len(studio.assets()) == 1
