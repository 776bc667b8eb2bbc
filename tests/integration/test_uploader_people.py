"""What people do in Frame.io with a file that is still being delivered: it stays theirs, and is delivered."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from postflow.bus import Bus
from simulators.frameio.faults import DelayFetch, ErrorPage, NeverFetch
from tests.integration.uploader_rig import Rig, rig


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    for name, seconds in {
        "uploader.frameio.statuses.SOONEST_S": 0.02,
        "uploader.frameio.statuses.LATEST_S": 0.1,
        "uploader.sightings.UNLISTED_S": 0.2,
        "uploader.verify.NOT_LISTED_S": 0.6,
        "uploader.aftermath.FIRST_PLAYABLE_LOOK_S": 0.1,
    }.items():
        monkeypatch.setattr(name, seconds)
    async with rig(bus) as made:
        yield made


def taken_away(studio: Rig, asset: Any, how: str) -> None:
    store = studio.frameio.store
    parent = store.folder(asset.parent_id)
    assert parent is not None
    if how == "stacked":
        older = store.add_file(parent, "v001.mov", creator=store.person, now=asset.created_at - 60)
        store.add_stack(parent, [older, asset], now=asset.created_at)
        return
    (project,) = store.projects.values()
    root = store.folder(project.root_folder_id)
    assert root is not None
    store.move_file(asset, root, now=asset.created_at)


@pytest.mark.parametrize("how", ["moved", "stacked"])
async def test_what_a_person_takes_elsewhere_while_it_is_fetched_is_delivered_where_it_is(
    studio: Rig, how: str
) -> None:
    studio.frameio.faults.queue(DelayFetch(route="remote_upload", delay_s=1.5))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.posted(1)
        (ours,) = studio.assets()
        taken_away(studio, ours, how)
        (delivered,) = await studio.published("delivered")
        await studio.published("playable")
    assert delivered.asset_id == ours.id
    assert ours.deleted_at is None
    assert studio.frameio.journal.count("remote_upload") == 1


@pytest.mark.parametrize("how", ["moved", "stacked"])
async def test_what_a_person_has_taken_elsewhere_is_never_deleted(studio: Rig, how: str) -> None:
    """Also when it does not become good; then it is sent again to where it belongs."""
    studio.frameio.faults.queue(NeverFetch(route="remote_upload"))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.posted(1)
        (ours,) = studio.assets()
        taken_away(studio, ours, how)
        studio.source.lost = {1}
        await studio.published("stale")
        await studio.bus.publish(studio.exposed(exposure=2))
        (delivered,) = await studio.published("delivered")
    assert delivered.asset_id != ours.id
    assert ours.deleted_at is None


async def test_what_a_person_has_deleted_is_sent_again(studio: Rig) -> None:
    studio.frameio.faults.queue(NeverFetch(route="remote_upload"))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.posted(1)
        (ours,) = studio.assets()
        studio.frameio.store.delete_file(ours, now=0.0)
        await studio.published("stale")
        await studio.bus.publish(studio.exposed(exposure=2))
        await studio.published("delivered")
    assert len(studio.assets()) == 1


async def test_what_is_bad_and_commented_on_stays_beside_the_good_one(studio: Rig) -> None:
    studio.frameio.faults.queue(ErrorPage(route="remote_upload"), DelayFetch(route="remote_upload", delay_s=0.5))
    async with studio.uploading():
        await studio.bus.publish(studio.exposed())
        await studio.posted(1)
        (bad,) = studio.assets()
        studio.frameio.store.add_comment(bad, "what is this?", now=bad.created_at)
        await studio.published("stale")
        await studio.bus.publish(studio.exposed(exposure=2))
        (delivered,) = await studio.published("delivered")
    assert {asset.id for asset in studio.assets()} == {bad.id, delivered.asset_id}
