"""An uploader that dies at any line, or sleeps at the worst moment, leaves one good asset and one ending."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from postflow.bus import Bus
from postflow.errors import ClaimLost, NotYet
from postflow.messages import FileExposed
from postflow.reading import Delivery
from postflow.records import Records
from tests.integration.uploader_rig import Rig, rig
from tests.integration.uploader_time import Asleep, Clock, until_settled

LINES = 16
"""More writes than one delivery makes; the last cases do not die at all."""


class Died(Exception):
    """What a killed process would have done next did not happen."""


class Mortal:
    """Counts the writes of one uploader, and lets it die before or after one of them."""

    def __init__(self, dies_at: int, *, after_the_write: bool) -> None:
        self._left = dies_at
        self._after = after_the_write

    def before(self) -> None:
        self._left -= 1
        if self._left < 0 or (self._left == 0 and not self._after):
            raise Died

    def after(self) -> None:
        if self._left == 0 and self._after:
            raise Died


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.posting.BETWEEN_LOOKS_S", 0.01)
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    async with rig(bus, fetch_delay_s=0.0) as made:
        yield made


def mortal_writes(monkeypatch: pytest.MonkeyPatch, mortal: Mortal | None) -> None:
    """Every write of a record and every publication passes by `mortal`."""

    def guarded(write: Any) -> Any:
        async def write_or_die(*arguments: Any, **named: Any) -> Any:
            if mortal is not None:
                mortal.before()
            result = await write(*arguments, **named)
            if mortal is not None:
                mortal.after()
            return result

        return write_or_die

    for name in ("create", "update", "delete"):
        monkeypatch.setattr(Records, name, guarded(getattr(Records, name)))
    monkeypatch.setattr(Bus, "publish", guarded(Bus.publish))


@pytest.mark.parametrize("after_the_write", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("line", range(1, LINES))
async def test_dying_at_any_write_leaves_one_asset_and_one_ending(
    studio: Rig, monkeypatch: pytest.MonkeyPatch, line: int, after_the_write: bool
) -> None:
    clock = Clock()
    studio.now = clock
    message = studio.exposed()
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        with monkeypatch.context() as mortality:
            mortal_writes(mortality, Mortal(line, after_the_write=after_the_write))
            with suppress(Died, NotYet):
                await (await studio.deliver(http))(Delivery(message, sequence=1, count=1))
        clock.pass_by(120)
        await until_settled(await studio.deliver(http), message, clock)
    assert len(await studio.published("delivered")) == 1
    assert len(studio.assets()) == 1


async def test_who_slept_between_post_and_record_finds_its_asset_adopted_and_touches_nothing(
    studio: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    studio.now = clock
    message: FileExposed = studio.exposed()
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        sleeper = await studio.deliver(http)
        asleep = Asleep(sleeper, monkeypatch, after_the_post=True)
        sleeping = asyncio.create_task(sleeper(Delivery(message, sequence=1, count=1)))
        await asleep.reached.wait()
        clock.pass_by(120)
        await until_settled(await studio.deliver(http), message, clock)
        asleep.wake.set()
        with pytest.raises(ClaimLost):
            await sleeping
    assert len(studio.assets()) == 1
    assert studio.frameio.journal.count("remote_upload") == 1


async def test_who_slept_while_another_posted_anew_deletes_its_own_asset(
    studio: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listing does not show the sleeper's asset in time, so the taker-over could not adopt it."""
    clock = Clock()
    studio.now = clock
    message: FileExposed = studio.exposed()
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        sleeper = await studio.deliver(http)
        asleep = Asleep(sleeper, monkeypatch, after_the_post=True)
        sleeping = asyncio.create_task(sleeper(Delivery(message, sequence=1, count=1)))
        await asleep.reached.wait()
        (first,) = studio.assets()
        first.unlisted_until = first.created_at + 3600
        clock.pass_by(120)
        await until_settled(await studio.deliver(http), message, clock)
        asleep.wake.set()
        with pytest.raises(ClaimLost):
            await sleeping
    (remaining,) = studio.assets()
    assert remaining.id != first.id
    (delivered,) = await studio.published("delivered")
    assert delivered.asset_id == remaining.id
