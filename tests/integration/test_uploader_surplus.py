"""A POST that nobody knew of leaves nothing behind, and nothing that matters to anybody is deleted."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from postflow.bus import Bus
from postflow.errors import ClaimLost
from postflow.messages import FileDelivered, FileExposed
from postflow.reading import Delivery
from simulators.frameio.faults import ErrorAfterCommit, Status, UnlistedFor
from tests.integration.uploader_rig import Rig, rig
from tests.integration.uploader_time import Asleep, Clock, until_settled

WAITS = r"surplus|transcoding"
"""It has told its ending, and asks to be shown the message again."""


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.posting.BETWEEN_LOOKS_S", 0.01)
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    monkeypatch.setattr("uploader.verify.NOT_LISTED_S", 0.0)
    async with rig(bus, fetch_delay_s=0.0) as made:
        made.now = Clock()
        yield made


def clock(studio: Rig) -> Clock:
    assert isinstance(studio.now, Clock)
    return studio.now


@pytest.fixture
async def http(studio: Rig) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=studio.frameio_url) as client:
        yield client


async def kept(studio: Rig) -> str:
    delivered = (await studio.published("delivered"))[-1]
    assert isinstance(delivered, FileDelivered)
    return delivered.asset_id


async def lost_from_sight(studio: Rig, deliver: Any, message: FileExposed) -> Any:
    """A POST of unknown end whose asset no listing shows for an hour."""
    studio.frameio.faults.queue(
        ErrorAfterCommit(route="remote_upload", cut=True), UnlistedFor(route="remote_upload", seconds=3600)
    )
    with pytest.raises(Exception, match="looking for it"):
        await deliver(Delivery(message, sequence=1, count=1))
    (lost,) = studio.assets()
    return lost


async def test_what_comes_to_light_before_the_end_is_removed_at_the_end(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = await studio.deliver(http)
    message = studio.exposed()
    lost = await lost_from_sight(studio, deliver, message)
    clock(studio).pass_by(120)
    surplus = deliver._aftermath._surplus
    remove, left_by_the_first_look = surplus.remove, []

    async def listed_by_then(claimed: Any) -> None:
        lost.unlisted_until = 0.0
        await remove(claimed)
        left_by_the_first_look.append([asset.id for asset in studio.assets()])

    monkeypatch.setattr(surplus, "remove", listed_by_then)
    await until_settled(deliver, message, clock(studio))
    assert left_by_the_first_look[0] == [await kept(studio)]


async def test_what_comes_to_light_later_is_removed_ten_minutes_after_the_end_by_any_replica(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = studio.exposed()
    lost = await lost_from_sight(studio, await studio.deliver(http), message)
    clock(studio).pass_by(120)
    first = await studio.deliver(http)
    with pytest.raises(Exception, match=WAITS):
        await first(Delivery(message, sequence=1, count=2))
    assert len(studio.assets()) == 2
    lost.unlisted_until = 0.0
    await until_settled(await studio.deliver(http), message, clock(studio), counting_from=3)
    assert [asset.id for asset in studio.assets()] == [await kept(studio)]


async def test_an_empty_film_of_a_lost_post_is_removed(studio: Rig, http: httpx.AsyncClient) -> None:
    """The film was overwritten and its fetch refused, without a body; nobody heard the answer to the POST."""
    studio.frameio.faults.queue(ErrorAfterCommit(route="remote_upload", cut=True))
    studio.source.refuses = True
    message, deliver = studio.exposed(), await studio.deliver(http)
    with pytest.raises(Exception, match="looking for it"):
        await deliver(Delivery(message, sequence=1, count=1))
    (empty,) = studio.assets()
    while not empty.sha256:
        await asyncio.sleep(0.01)
    studio.source.refuses = False
    clock(studio).pass_by(120)
    await until_settled(await studio.deliver(http), message, clock(studio), counting_from=2)
    assert empty.deleted_at is not None


async def test_what_somebody_has_commented_on_stays(studio: Rig, http: httpx.AsyncClient) -> None:
    message = studio.exposed()
    lost = await lost_from_sight(studio, await studio.deliver(http), message)
    lost.unlisted_until = 0.0
    studio.frameio.store.add_comment(lost, "is this the right take?", now=lost.created_at)
    deliver = await studio.deliver(http)
    deliver._posting._uploads.user_id = "somebody else"  # so that nothing is adopted
    with pytest.raises(Exception, match="under way"):
        await deliver(Delivery(message, sequence=1, count=2))
    clock(studio).pass_by(120)
    with pytest.raises(Exception, match=WAITS):
        await deliver(Delivery(message, sequence=1, count=3))
    await until_settled(await studio.deliver(http), message, clock(studio), counting_from=4)
    assert {asset.id for asset in studio.assets()} == {lost.id, await kept(studio)}


async def test_without_a_doubt_nothing_is_looked_for_and_nothing_deleted(studio: Rig, http: httpx.AsyncClient) -> None:
    """Somebody who is signed in as our user may upload the same name by hand."""
    message = studio.exposed()
    deliver = await studio.deliver(http)
    await until_settled(deliver, message, clock(studio), counting_from=1)
    asset_id = await kept(studio)
    (ours,) = studio.assets()
    folder = studio.frameio.store.folder(ours.parent_id)
    assert folder is not None
    studio.frameio.store.add_file(folder, ours.name, creator=studio.frameio.store.user, now=ours.created_at)
    clock(studio).pass_by(1200)
    await until_settled(deliver, message, clock(studio), counting_from=50)
    assert len(studio.assets()) == 2
    assert asset_id == ours.id
    assert studio.frameio.journal.count("list_comments") == studio.frameio.journal.count("delete_file") == 0


async def test_what_a_loser_could_not_delete_is_removed_by_the_one_who_took_over(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = studio.exposed()
    loser = await studio.deliver(http)
    asleep = Asleep(loser, monkeypatch, after_the_post=True)
    sleeping = asyncio.create_task(loser(Delivery(message, sequence=1, count=1)))
    await asleep.reached.wait()
    (first,) = studio.assets()
    first.unlisted_until = first.created_at + 3600
    clock(studio).pass_by(120)
    winner = await studio.deliver(http)
    with pytest.raises(Exception, match=WAITS):
        await winner(Delivery(message, sequence=1, count=2))
    studio.frameio.faults.queue(Status(route="delete_file", status=403))
    asleep.wake.set()
    with pytest.raises(ClaimLost):
        await sleeping
    assert len(studio.assets()) == 2
    first.unlisted_until = 0.0
    await until_settled(winner, message, clock(studio), counting_from=3)
    assert [asset.id for asset in studio.assets()] == [await kept(studio)]


async def test_who_slept_between_claim_and_post_for_longer_than_the_deadline_takes_its_late_post_back(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = studio.exposed()
    sleeper = await studio.deliver(http)
    asleep = Asleep(sleeper, monkeypatch, after_the_post=False)
    sleeping = asyncio.create_task(sleeper(Delivery(message, sequence=1, count=1)))
    await asleep.reached.wait()
    clock(studio).pass_by(120)
    winner = await studio.deliver(http)
    with pytest.raises(Exception, match=WAITS):
        await winner(Delivery(message, sequence=1, count=2))
    asleep.wake.set()
    with pytest.raises(ClaimLost):
        await sleeping
    assert studio.frameio.journal.count("remote_upload") == 2
    assert [asset.id for asset in studio.assets()] == [await kept(studio)]


async def test_a_late_post_whose_sender_died_with_it_is_removed_ten_minutes_after_the_end(
    studio: Rig, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = studio.exposed()
    sleeper = await studio.deliver(http)
    asleep = Asleep(sleeper, monkeypatch, after_the_post=False)
    sleeping = asyncio.create_task(sleeper(Delivery(message, sequence=1, count=1)))
    await asleep.reached.wait()
    clock(studio).pass_by(120)
    winner = await studio.deliver(http)
    with pytest.raises(Exception, match=WAITS):
        await winner(Delivery(message, sequence=1, count=2))
    monkeypatch.setattr(sleeper._ledger, "claim_new_asset", dying)
    asleep.wake.set()
    with pytest.raises(SystemError):
        await sleeping
    assert len(studio.assets()) == 2
    await until_settled(winner, message, clock(studio), counting_from=3)
    assert [asset.id for asset in studio.assets()] == [await kept(studio)]


async def dying(*_: object) -> None:
    raise SystemError


async def test_a_new_attempt_over_an_unfinished_one_leaves_one_asset(studio: Rig, http: httpx.AsyncClient) -> None:
    """What the first was fetching from its own address cannot be vouched for any more."""
    studio.stop.set()
    with pytest.raises(Exception, match="stops"):
        await (await studio.deliver(http))(Delivery(studio.exposed(), sequence=1, count=1))
    (first,) = studio.assets()
    studio.stop = asyncio.Event()
    again = studio.exposed(attempt=2)
    await until_settled(await studio.deliver(http), again, clock(studio), counting_from=3)
    (remaining,) = studio.assets()
    assert remaining.id == await kept(studio) != first.id


async def test_a_failure_with_a_post_of_unknown_end_removes_what_that_had_made(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    message = studio.exposed()
    deliver = await studio.deliver(http)
    await lost_from_sight(studio, deliver, message)
    (lost,) = studio.assets()
    lost.unlisted_until = 0.0
    clock(studio).pass_by(120)
    studio.frameio.faults.queue(Status(route="list_files", status=403))
    await until_settled(deliver, message, clock(studio))
    await studio.published("failed")
    assert studio.assets() == []


def put_by_hand(studio: Rig, folder_id: str, name: str) -> Any:
    """A newer cut, uploaded by a person who is signed in as our user."""
    folder = studio.frameio.store.folder(folder_id)
    assert folder is not None
    file = studio.frameio.store.add_file(folder, name, creator=studio.frameio.store.user, now=time.time())
    file.size, file.media_type = 77_777, "video/quicktime"
    file.stored_at = file.uploaded_at = file.transcoded_at = file.created_at
    return file


async def put_by_hand_after_a_post_in_vain(studio: Rig, deliver: Any, message: FileExposed) -> Any:
    """The POST had no effect; the file is put there while we wait to find out."""
    studio.frameio.faults.queue(Status(route="remote_upload", status=502))
    with pytest.raises(Exception, match="looking for it"):
        await deliver(Delivery(message, sequence=1, count=1))
    folder = next(one for one in studio.frameio.store.folders.values() if one.name == message.destination.folder[-1])
    return put_by_hand(studio, folder.id, message.destination.name)


async def test_a_persons_file_of_another_size_is_no_surplus(studio: Rig, http: httpx.AsyncClient) -> None:
    deliver = await studio.deliver(http)
    message = studio.exposed()
    await lost_from_sight(studio, deliver, message)
    clock(studio).pass_by(120)
    with pytest.raises(Exception, match=WAITS):
        await deliver(Delivery(message, sequence=1, count=2))
    asset_id = await kept(studio)
    ours = next(one for one in studio.assets() if one.id == asset_id)
    by_hand = put_by_hand(studio, ours.parent_id, ours.name)
    clock(studio).pass_by(700)
    await until_settled(deliver, message, clock(studio), counting_from=3)
    assert by_hand.deleted_at is None


async def test_a_persons_file_of_another_size_is_not_adopted(studio: Rig, http: httpx.AsyncClient) -> None:
    deliver = await studio.deliver(http)
    message = studio.exposed()
    by_hand = await put_by_hand_after_a_post_in_vain(studio, deliver, message)
    clock(studio).pass_by(60)
    await until_settled(deliver, message, clock(studio))
    assert by_hand.deleted_at is None
    assert {asset.id for asset in studio.assets()} == {by_hand.id, await kept(studio)}


async def test_a_persons_upload_that_was_adopted_unstored_is_left_to_its_maker(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    """It had no size yet when we took it for ours; then nobody fetched it from us."""
    deliver = await studio.deliver(http)
    message = studio.exposed()
    by_hand = await put_by_hand_after_a_post_in_vain(studio, deliver, message)
    stored_at, by_hand.stored_at = by_hand.stored_at, None
    by_hand.uploaded_at = by_hand.transcoded_at = None
    clock(studio).pass_by(60)
    following = asyncio.create_task(until_settled(deliver, message, clock(studio)))
    await asyncio.sleep(1.0)
    by_hand.stored_at = by_hand.uploaded_at = by_hand.transcoded_at = stored_at
    await following
    again = studio.exposed(exposure=2)
    await until_settled(deliver, again, clock(studio), counting_from=1)
    assert by_hand.deleted_at is None
    assert {asset.id for asset in studio.assets()} == {by_hand.id, await kept(studio)}
