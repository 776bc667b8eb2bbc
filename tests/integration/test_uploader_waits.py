"""What Frame.io cannot do now is waited for, burns no try, and comes to a clear end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from postflow.bus import Bus
from postflow.messages import FileDelivered, FileExposed, FileFailed, Message
from postflow.settlement import DEFECT_LIMIT
from simulators.frameio.faults import ErrorAfterCommit, Status, UnlistedFor
from tests.examples import destination
from tests.integration.uploader_rig import Rig, rig
from uploader.deliver import MOST_MISSING


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    for name, seconds in {
        "uploader.posting.SEND_S": 1.0,
        "uploader.posting.SETTLE_S": 0.5,
        "uploader.posting.BETWEEN_LOOKS_S": 0.01,
        "uploader.deliver.GONE_RETRY_S": 0.02,
        "uploader.deliver.UNTOLD_RETRY_S": 0.1,
        "uploader.frameio.errors.BLOCKED_RETRY_S": 0.2,
        "uploader.ledger.PLACE_TAKEN_RETRY_S": 0.2,
        "uploader.frameio.statuses.SOONEST_S": 0.02,
    }.items():
        monkeypatch.setattr(name, seconds)
    async with rig(bus) as made:
        yield made


async def states(studio: Rig) -> list[type[Message]]:
    return [type(message) for message in await studio.story()]


async def test_a_full_account_is_waited_for_without_a_try(studio: Rig) -> None:
    studio.frameio.faults.queue(Status(route="remote_upload", status=402, times=5))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("playable")
    assert FileFailed not in await states(studio)
    assert len(studio.assets()) == 1


async def test_a_folder_that_is_never_found_is_a_clear_failure_in_the_end(studio: Rig) -> None:
    studio.frameio.faults.queue(Status(route="remote_upload", status=404, times=1000))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        (failed,) = await studio.published("failed")
    assert failed.code == "FOLDER_MISSING"
    assert studio.frameio.journal.count("remote_upload") == MOST_MISSING + 1
    assert studio.assets() == []


async def test_a_listing_that_lags_is_waited_for_before_another_post(studio: Rig) -> None:
    """As long as the settling takes: what was sent by the deadline is in the listing then."""
    studio.frameio.faults.queue(
        ErrorAfterCommit(route="remote_upload", cut=True), UnlistedFor(route="remote_upload", seconds=1.3)
    )
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("delivered")
    assert studio.frameio.journal.count("remote_upload") == 1
    assert len(studio.assets()) == 1


async def test_a_project_by_its_name_and_by_its_id_is_one_place(studio: Rig) -> None:
    (project,) = studio.frameio.store.projects.values()
    async with studio.uploading(replicas=2):
        await studio.bus.publish(studio.exposed())
        await studio.bus.publish(studio.exposed(mtime_ns=2, destination=destination(project=project.id)))
        first, second = await studio.published("delivered", count=2)
    assert second.posted_at > first.at


async def test_an_ending_that_cannot_be_told_for_an_unforeseen_reason_is_not_replaced(
    studio: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, refused = Bus.publish, 0

    async def broken(bus: Bus, message: Message) -> Any:
        nonlocal refused
        if isinstance(message, FileDelivered) and refused <= DEFECT_LIMIT:
            refused += 1
            raise LookupError("nobody thought of this")
        await publish(bus, message)

    monkeypatch.setattr(Bus, "publish", broken)
    monkeypatch.setattr("postflow.settlement.backoff_s", lambda _: 0.05)
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.published("delivered")
    assert FileFailed not in await states(studio)
    assert (await states(studio))[0] is FileExposed
