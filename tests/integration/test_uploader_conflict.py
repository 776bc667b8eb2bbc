"""A project may refuse a second file of one name."""

from collections.abc import AsyncIterator

import httpx
import pytest

from postflow import identity
from postflow.bus import Bus
from postflow.messages import FileExposed
from simulators.frameio.faults import ErrorAfterCommit
from tests.integration.uploader_rig import Rig, rig
from tests.integration.uploader_time import Clock, until_settled


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.posting.BETWEEN_LOOKS_S", 0.01)
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    async with rig(bus, fetch_delay_s=0.0, refuse_duplicates=True) as made:
        made.now = Clock()
        made.about |= {"malformed"}
        yield made


def revised(studio: Rig, message: FileExposed) -> FileExposed:
    """A newer revision of the same file."""
    facts = {"filespace": message.filespace, "path": message.path, "size_bytes": message.size_bytes}
    mtime_ns = message.mtime_ns + 1
    return studio.exposed(mtime_ns=mtime_ns, file_id=identity.file_id(**facts, mtime_ns=mtime_ns))  # type: ignore[arg-type]


async def test_a_name_that_is_taken_for_good_ends_as_a_clear_failure(studio: Rig) -> None:
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        deliver = await studio.deliver(http)
        assert isinstance(studio.now, Clock)
        message = studio.exposed()
        await until_settled(deliver, message, studio.now, counting_from=1)
        (first,) = studio.assets()
        first.created_at -= 24 * 3600
        await until_settled(deliver, revised(studio, message), studio.now, counting_from=1)
    (failed,) = await studio.published("failed")
    assert failed.code == "NAME_TAKEN"
    assert "rename" in failed.what_to_do
    assert [asset.id for asset in studio.assets()] == [first.id]


async def test_a_name_that_our_own_lost_post_has_taken_is_adopted(studio: Rig) -> None:
    """Something in between says the POST a second time, and we hear the answer to that one alone."""
    studio.frameio.faults.queue(ErrorAfterCommit(route="remote_upload", status=409))
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        assert isinstance(studio.now, Clock)
        await until_settled(await studio.deliver(http), studio.exposed(), studio.now, counting_from=1)
    (delivered,) = await studio.published("delivered")
    assert [asset.id for asset in studio.assets()] == [delivered.asset_id]
