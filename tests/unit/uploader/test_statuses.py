"""One listing answers for everybody who waits for something in the folder."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from uploader.frameio.objects import Asset
from uploader.frameio.statuses import Statuses

AT = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def asset(id: str, *, age_s: float = 0.0) -> Asset:
    return Asset(
        id=id,
        name=f"{id}.mov",
        status="uploaded",
        view_url=f"https://next.frame.io/{id}",
        created_at=AT - timedelta(seconds=age_s),
    )


class Folder:
    """Lists when it is let, and remembers how far it was read."""

    def __init__(self, *assets: Asset) -> None:
        self.read: list[str] = []
        self.asked = asyncio.Event()
        self.let = asyncio.Event()
        self._assets = assets

    async def files_in(self, folder_id: str, *, with_creator: bool = False) -> AsyncIterator[Asset]:
        self.asked.set()
        await self.let.wait()
        for found in self._assets:
            self.read.append(found.id)
            yield found


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.01)


async def test_who_still_waits_is_answered_though_another_follower_of_the_asset_has_left() -> None:
    """Two deliveries of one message may follow one asset for a moment: who takes over must not find it missing."""
    folder = Folder(asset("newer"), asset("ours", age_s=5))
    folder.let.set()
    statuses = Statuses(folder)
    waiting = asyncio.create_task(statuses.next("folder", "ours", AT))
    await asyncio.sleep(0)
    statuses.forget("folder", "ours")
    assert await waiting == asset("ours", age_s=5)


async def test_a_listing_is_read_only_until_everybody_who_waits_is_answered() -> None:
    folder = Folder(asset("a"), asset("b", age_s=5), asset("c", age_s=9))
    folder.let.set()
    statuses = Statuses(folder)
    found = await asyncio.gather(*(statuses.next("folder", id, AT) for id in ("a", "b")))
    assert [one.id for one in found if one] == ["a", "b"]
    assert folder.read == ["a", "b"]


async def test_what_is_older_than_everything_waited_for_is_not_read() -> None:
    folder = Folder(asset("older", age_s=61), asset("oldest", age_s=99))
    folder.let.set()
    statuses = Statuses(folder)
    assert await statuses.next("folder", "ours", AT) is None
    assert folder.read == ["older"]
