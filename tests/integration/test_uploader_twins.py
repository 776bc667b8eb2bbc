"""A POST that was carried out twice leaves one asset, at no call more for all the files that have no twin."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from postflow.bus import Bus
from postflow.messages import FileDelivered, FileExposed
from postflow.reading import Delivery
from simulators.frameio.faults import ErrorPage, Twice
from tests.integration.uploader_rig import Rig, rig
from tests.integration.uploader_time import Clock, until_settled
from uploader.deliver import Deliver

WAITS = r"surplus|transcoding"


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    monkeypatch.setattr("uploader.verify.NOT_LISTED_S", 0.0)
    async with rig(bus, fetch_delay_s=0.0) as made:
        made.now = Clock()
        yield made


@pytest.fixture
async def deliver(studio: Rig) -> AsyncIterator[Deliver]:
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        yield await studio.deliver(http)


def clock(studio: Rig) -> Clock:
    assert isinstance(studio.now, Clock)
    return studio.now


async def kept(studio: Rig) -> list[str]:
    delivered = [message for message in await studio.published("delivered") if isinstance(message, FileDelivered)]
    return [message.asset_id for message in delivered]


def ids(studio: Rig) -> list[str]:
    return [asset.id for asset in studio.assets()]


async def test_a_post_that_was_carried_out_twice_leaves_one_asset(studio: Rig, deliver: Deliver) -> None:
    studio.frameio.faults.queue(Twice(route="remote_upload"))
    message = studio.exposed()
    with pytest.raises(Exception, match=WAITS):
        await deliver(Delivery(message, sequence=1, count=1))
    assert ids(studio) == await kept(studio)
    await until_settled(deliver, message, clock(studio))
    assert ids(studio) == await kept(studio)


async def test_a_twin_that_is_listed_late_is_removed_later(studio: Rig, deliver: Deliver) -> None:
    studio.frameio.faults.queue(Twice(route="remote_upload"))
    message = studio.exposed()
    remove = deliver._aftermath._surplus.suspect

    async def unlisted(claimed: Any, sighting: Any) -> None:
        other = {asset.id for asset in studio.assets()} - {claimed.record.posted.asset_id}
        if claimed.record.ending is None:
            sighting = type(sighting)(sighting.asset)
        assert len(other) == 1
        await remove(claimed, sighting)

    deliver._aftermath._surplus.suspect = unlisted  # type: ignore[method-assign]
    with pytest.raises(Exception, match=WAITS):
        await deliver(Delivery(message, sequence=1, count=1))
    deliver._aftermath._surplus.suspect = remove  # type: ignore[method-assign]
    await until_settled(deliver, message, clock(studio))
    assert ids(studio) == await kept(studio)


async def test_a_twin_of_what_did_not_arrive_is_removed_too(studio: Rig, deliver: Deliver) -> None:
    studio.frameio.faults.queue(Twice(route="remote_upload"), ErrorPage(route="remote_upload"))
    await until_settled(deliver, studio.exposed(), clock(studio), counting_from=1)
    again = studio.exposed(exposure=2)
    with pytest.raises(Exception, match=WAITS):
        await deliver(Delivery(again, sequence=2, count=1))
    await until_settled(deliver, again, clock(studio))
    assert ids(studio) == await kept(studio)


async def test_a_twin_that_somebody_has_commented_on_stays(studio: Rig, deliver: Deliver) -> None:
    studio.frameio.faults.queue(Twice(route="remote_upload"))
    message: FileExposed = studio.exposed()
    posted = deliver._posting._record

    async def commented(claimed: Any, asset: Any, *arguments: Any, **named: Any) -> Any:
        (twin,) = (other for other in studio.assets() if other.id != asset.id)
        studio.frameio.store.add_comment(twin, "this take", now=twin.created_at)
        return await posted(claimed, asset, *arguments, **named)

    deliver._posting._record = commented  # type: ignore[method-assign]
    await until_settled(deliver, message, clock(studio), counting_from=1)
    assert len(studio.assets()) == 2


async def test_a_file_by_hand_under_our_name_and_user_stays_unless_it_looks_like_a_twin(
    studio: Rig, deliver: Deliver
) -> None:
    """Another size, or not of the same minute: somebody has put it there."""
    message = studio.exposed()
    posted = deliver._posting._record

    async def by_hand(claimed: Any, asset: Any, *arguments: Any, **named: Any) -> Any:
        (ours,) = studio.assets()
        store = studio.frameio.store
        folder = store.folder(ours.parent_id)
        assert folder is not None
        for size, age_s in ((999, 0.0), (1000, 300.0)):
            made = store.add_file(folder, ours.name, creator=store.user, now=ours.created_at - age_s)
            made.size, made.media_type = size, "video/quicktime"
            made.stored_at = made.uploaded_at = made.transcoded_at = made.created_at
        return await posted(claimed, asset, *arguments, **named)

    deliver._posting._record = by_hand  # type: ignore[method-assign]
    await until_settled(deliver, message, clock(studio), counting_from=1)
    assert len(studio.assets()) == 3
    assert studio.frameio.journal.count("list_comments") == studio.frameio.journal.count("delete_file") == 0
