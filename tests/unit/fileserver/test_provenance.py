"""Which mount films were found on, and when what is missed on it says nothing."""

import asyncio
from typing import Any

import pytest

from fileserver.film import Film, Revision
from fileserver.provenance import Proven
from fileserver.troubles import DiskTrouble
from postflow.mount_identity import Identity
from tests.unit.fileserver.mounts import DISK, FILM, LUCID, NEXT, OTHER, Site


@pytest.fixture
async def site() -> Site:
    site = Site()
    await site.start()
    return site


async def test_before_any_film_was_found_nothing_is_doubted(site: Site) -> None:
    assert await site.provenance.doubt() == ""
    assert not site.provenance.is_known
    site.now = DISK
    assert await site.provenance.doubt() == ""


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("now", [DISK, Identity("fuse.lucid", "other.studio")])
async def test_what_is_missed_on_another_mount_says_nothing_until_the_right_one_is_back(
    site: Site, now: Identity, is_restarted: bool
) -> None:
    await site.provenance.found(FILM)
    site.unmount()
    site.now = now
    if is_restarted:
        await site.start()
    why = await site.provenance.doubt()
    assert why == f"another volume is mounted than films were found on: {now}, and before {LUCID}"
    site.now = LUCID
    assert await site.provenance.doubt() == ""


async def test_what_is_missed_on_the_right_mount_is_gone(site: Site) -> None:
    await site.provenance.found(FILM)
    site.there.clear()
    assert await site.provenance.doubt() == ""


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_film_that_is_found_on_another_mount_proves_it_right(
    site: Site, is_restarted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []

    class Recorder:
        def info(self, _: str, **facts: object) -> None:
            told.append(facts)

    monkeypatch.setattr("fileserver.provenance.logger", Recorder())
    await site.provenance.found(FILM)
    site.now, site.there = OTHER, {NEXT.path: NEXT.revision}
    assert await site.provenance.doubt()
    if is_restarted:
        await site.start()
    for _ in range(2):
        await site.provenance.found(NEXT)
    assert await site.provenance.doubt() == ""
    assert site.kept() == Proven.by(NEXT, OTHER)
    assert [(fact["before"], fact["now"]) for fact in told] == [(str(LUCID), str(OTHER))]


async def test_a_new_mount_that_holds_the_latest_film_is_known_at_once(site: Site) -> None:
    await site.provenance.found(FILM)
    assert await site.provenance.doubt() == ""
    await site.provenance.found(NEXT)
    await site.provenance.keep()
    await site.start()
    site.now, site.there = OTHER, {NEXT.path: NEXT.revision}
    assert await site.provenance.doubt() == ""
    assert site.kept() == Proven.by(NEXT, OTHER)


async def test_a_mount_that_goes_while_a_film_is_looked_at_is_not_taken_for_another_one(site: Site) -> None:
    site.changes_to = DISK
    await site.provenance.found(FILM)
    assert site.kept() is None
    site.now = LUCID
    await site.provenance.found(FILM)
    site.now, site.changes_to = DISK, LUCID
    assert await site.provenance.doubt()
    assert site.kept() == Proven.by(FILM, LUCID)


async def test_a_film_that_has_gone_again_proves_nothing(site: Site) -> None:
    del site.there[FILM.path]
    await site.provenance.found(FILM)
    site.there[FILM.path] = Revision(1000, 8)
    await site.provenance.found(FILM)
    assert not site.provenance.is_known


async def test_where_nobody_can_tell_what_is_mounted_nothing_is_doubted(site: Site) -> None:
    site.now = None
    await site.provenance.found(FILM)
    assert site.kept() is None
    site.now = LUCID
    await site.provenance.found(FILM)
    site.unmount()
    site.now = None
    assert await site.provenance.doubt() == ""


async def test_a_mount_table_that_gives_no_answer_stops_no_film_that_was_found(site: Site) -> None:
    site.is_silent = True
    await site.provenance.found(FILM)
    with pytest.raises(DiskTrouble):
        await site.provenance.doubt()
    site.is_silent = False
    await site.provenance.found(FILM)
    assert site.kept() == Proven.by(FILM, LUCID)


async def test_on_a_mount_that_is_known_a_film_that_is_found_asks_for_nothing(site: Site) -> None:
    await site.provenance.found(FILM)
    asked = site.asked
    for number in range(10):
        await site.provenance.found(Film("SQ01/b.mov", Revision(number, 8)))
    assert site.asked == asked


async def test_what_nats_does_not_take_is_kept_later(site: Site) -> None:
    site.disk.writes_left, site.disk.lost = 0, True
    await site.provenance.found(FILM)
    assert site.kept() is None
    site.disk.writes_left = None
    await site.provenance.keep()
    assert site.kept() == Proven.by(FILM, LUCID)
    site.disk.writes_left = 0  # nothing is news: nothing is written
    await site.provenance.keep()
    assert site.disk.writes_left == 0


async def test_a_film_that_hangs_proves_nothing_and_holds_nobody_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.provenance.found(FILM)
    monkeypatch.setattr("fileserver.provenance.PATIENCE_S", 0.01)
    site.now, site.hangs = OTHER, asyncio.Event()
    assert await site.provenance.doubt()
    site.hangs.set()
    assert await site.provenance.doubt() == ""
