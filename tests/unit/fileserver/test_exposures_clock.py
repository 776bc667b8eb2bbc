"""How long an address lives when the clock of this machine is set."""

from datetime import timedelta

import pytest

from fileserver.exposure import State
from tests.examples import ready
from tests.unit.fileserver.fakes import Disk
from tests.unit.fileserver.processes import STALE, Process, check_law

LIFETIME = timedelta(hours=1)
BACK = -timedelta(hours=10)


async def test_a_clock_set_back_lets_no_address_live_longer() -> None:
    disk = Disk()
    process = Process(disk)
    await process.read(ready())
    (live,) = process.ledger.open_ones()
    process.passes(LIFETIME - timedelta(seconds=1), set_by=BACK)
    await process.sweep()
    assert process.ledger.open_ones() == [live]
    process.passes(timedelta(seconds=1))
    await process.sweep()
    check_law(disk, process)
    record = disk.record(ready().file_id)
    assert record is not None
    assert (live.over.is_set(), live.over_why, record.state, record.ended_why) == (
        True,
        "expired",
        State.EXPIRED,
        "expired",
    )
    await process.sweep()
    assert process.ledger.open_ones() == []


@pytest.mark.parametrize(
    ("set_by", "left"),
    [
        pytest.param(timedelta(), LIFETIME / 2, id="right"),
        pytest.param(BACK, LIFETIME, id="set back meanwhile: never more than all of its life"),
    ],
)
async def test_what_a_start_finds_lives_as_long_as_is_left(set_by: timedelta, left: timedelta) -> None:
    disk = Disk()
    before = Process(disk)
    await before.read(ready())
    after = Process(disk)
    after.monotonic_s = 5.0  # the machine was started anew
    after.at += LIFETIME / 2 + set_by
    await after.start()
    (live,) = after.ledger.open_ones()
    after.passes(left - timedelta(seconds=1), set_by=BACK)
    await after.sweep()
    assert after.ledger.open_ones() == [live]
    after.passes(timedelta(seconds=1))
    await after.sweep()
    check_law(disk, after)
    assert live.over_why == "expired"


async def test_a_clock_set_forward_ends_an_address_and_the_next_one_is_opened_when_that_is_given_up() -> None:
    disk = Disk()
    process = Process(disk)
    await process.read(ready())
    process.passes(timedelta(seconds=1), set_by=timedelta(days=2))
    await process.sweep()
    check_law(disk, process)
    await process.read(STALE)
    check_law(disk, process)
    assert [(told.exposure, told.expires_at - process.at) for told in process.told[1:]] == [(2, LIFETIME)]
    process.passes(LIFETIME, set_by=-timedelta(days=2))
    await process.sweep()
    check_law(disk, process)
    assert process.ledger.open_ones() == [], "put right again, the clock does not keep that one open for two days"
