"""One listing answers for everybody who waits for something in the folder."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from uploader.frameio.objects import Asset
from uploader.frameio.statuses import Sighting, Statuses

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
    assert await waiting == Sighting(asset("ours", age_s=5))


async def test_no_further_page_is_asked_for_when_everybody_who_waits_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("uploader.frameio.statuses.PAGE_SIZE", 2)
    folder = Folder(*(asset(name, age_s=age_s) for age_s, name in enumerate("abcdef")))
    folder.let.set()
    statuses = Statuses(folder)
    found = await asyncio.gather(*(statuses.next("folder", id, AT) for id in ("a", "c")))
    assert [one.asset.id for one in found if one.asset] == ["a", "c"]
    assert folder.read == ["a", "b", "c", "d"]


async def test_others_of_its_name_are_seen_beside_an_asset() -> None:
    twin = asset("twin", age_s=2).model_copy(update={"name": "ours.mov"})
    folder = Folder(asset("newer"), asset("ours", age_s=1), twin, asset("older", age_s=3))
    folder.let.set()
    assert await Statuses(folder).next("folder", "ours", AT) == Sighting(asset("ours", age_s=1), (twin,))


async def test_no_further_page_is_asked_for_of_what_is_older_than_everything_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("uploader.frameio.statuses.PAGE_SIZE", 1)
    folder = Folder(asset("older", age_s=61), asset("oldest", age_s=99))
    folder.let.set()
    statuses = Statuses(folder)
    assert await statuses.next("folder", "ours", AT) == Sighting(None)
    assert folder.read == ["older"]
