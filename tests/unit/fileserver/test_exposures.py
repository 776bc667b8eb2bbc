"""The ledger, and what is left of it when NATS or the process fails at any line."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta

import pytest

from fileserver.exposure import State
from fileserver.tunnel.none import FixedName
from postflow.destination import Lane
from postflow.errors import BusUnavailable, NotYet
from postflow.messages import FileExposed, FileStale, RoutedMessage
from postflow.settlement import DEFECT_LIMIT
from tests.examples import AT, about_file, delivered, ready
from tests.unit.fileserver.fakes import Disk
from tests.unit.fileserver.processes import STALE, Process, check_law


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "written"])
@pytest.mark.parametrize("writes", range(8))
@pytest.mark.parametrize("restart", [True, False], ids=["restarted", "redelivered"])
@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([ready()], id="ready"),
        pytest.param([ready(), delivered()], id="delivered"),
        pytest.param([ready(), STALE], id="stale"),
        pytest.param([delivered(exposure=0)], id="ended unexposed"),
        pytest.param([ready(), ready(attempt=2)], id="second attempt"),
        pytest.param([ready(), ready(attempt=2, lane="large"), delivered(attempt=2)], id="another lane"),
    ],
)
async def test_a_failure_at_any_write_is_made_good(
    messages: list[RoutedMessage], restart: bool, writes: int, lost: bool
) -> None:
    disk = Disk()
    disk.writes_left, disk.lost = writes, lost
    process = Process(disk)
    told: list[FileExposed] = []
    for message in messages:
        for _ in range(2):  # a message whose handler failed comes again
            try:
                await process.read(message)
                break
            except BusUnavailable:
                if restart:
                    told += process.told
                    process = Process(disk)
                    await process.start()
    told += process.told
    await process.sweep()
    check_law(disk, process)
    numbers = [(exposed.attempt, exposed.exposure, exposed.public_url) for exposed in told]
    assert len(set(numbers)) == len({number[:2] for number in numbers}), "one number, two addresses"


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "written"])
@pytest.mark.parametrize("writes", range(12))
async def test_after_another_name_the_file_is_exposed_under_that_one_whatever_fails(writes: int, lost: bool) -> None:
    """It is started again with the other name, and a message whose handler failed comes again."""
    disk = Disk()
    disk.writes_left, disk.lost = writes, lost
    before = Process(disk)
    acknowledged = await done(before.read(ready()))
    after = Process(disk, name="https://other.example")
    while not await done(after.start()) or not await done(after.look_at_tunnel()):
        pass
    messages: list[RoutedMessage] = [] if acknowledged else [ready()]
    if before.told:
        messages.append(STALE)  # whoever was told of the first address finds that it is lost
    for message in messages:
        while not await done(after.read(message)):
            pass
    await after.sweep()
    check_law(disk, after)
    record = disk.record(ready().file_id)
    assert record is not None
    assert (record.state, record.base_url) == (State.OPEN, "https://other.example")
    assert [exposed.public_url for exposed in after.told if exposed.exposure == record.exposure]


async def done(work: Coroutine[None, None, None]) -> bool:
    try:
        await work
    except BusUnavailable:
        return False
    return True


async def test_an_address_that_was_lost_stays_open_until_that_can_be_written() -> None:
    disk = Disk()
    process = Process(disk)
    await process.read(ready())
    (live,) = process.ledger.open_ones()
    live.has_sent((0, 10), AT)
    process.name = FixedName("https://other.example")
    disk.writes_left, disk.lost = 0, True
    with pytest.raises(BusUnavailable):
        await process.look_at_tunnel()
    assert process.ledger.open_ones() == [live]
    await process.look_at_tunnel()
    check_law(disk, process)
    record = disk.record(ready().file_id)
    assert record is not None
    assert (record.address_lost, record.covered, live.over.is_set()) == (True, ((0, 10),), True)


async def test_without_a_redelivery_an_open_exposure_is_announced_all_the_same() -> None:
    disk = Disk()
    disk.writes_left, disk.lost = 1, False  # the place, then the record: written, and nobody knows
    process = Process(disk)
    with pytest.raises(BusUnavailable):
        await process.read(ready())
    assert process.told == []
    await process.sweep()
    assert [exposed.exposure for exposed in process.told] == [1]
    check_law(disk, process)


async def test_an_address_is_dead_although_its_end_could_not_be_written() -> None:
    disk = Disk()
    process = Process(disk)
    await process.read(ready())
    record = disk.record(ready().file_id)
    assert record is not None
    disk.writes_left, disk.lost = 0, True
    with pytest.raises(BusUnavailable):
        await process.read(delivered())
    assert process.ledger.find(record.exposure_id) is None
    await process.sweep()
    await process.read(ready())
    assert process.ledger.find(record.exposure_id) is None, "neither a sweep nor a late message brings it back"
    await process.read(delivered())
    check_law(disk, process)


async def test_an_expiry_that_could_not_be_written_is_written_later() -> None:
    disk = Disk()
    process = Process(disk)
    await process.read(ready())
    process.at += timedelta(hours=2)
    disk.writes_left, disk.lost = 0, True
    with pytest.raises(BusUnavailable):
        await process.sweep()
    await process.sweep()
    check_law(disk, process)
    record = disk.record(ready().file_id)
    assert record is not None
    assert record.state is State.EXPIRED


async def test_a_full_window_takes_nobody_and_says_when_there_is_room() -> None:
    disk = Disk()
    process = Process(disk)
    await process.read(ready())
    with pytest.raises(NotYet):
        await process.read(ready(size_bytes=1000, path="SQ01/another.mov"))
    waiting = asyncio.create_task(process.ledger.room(Lane.SMALL))
    await asyncio.sleep(0)
    assert not waiting.done()
    await process.ledger.room(Lane.LARGE)
    await process.read(delivered())
    async with asyncio.timeout(1):
        await waiting


async def test_evidence_that_could_not_be_written_is_written_later() -> None:
    disk = Disk()
    process = Process(disk)
    await process.read(ready())
    opened = disk.record(ready().file_id)
    live = process.ledger.find(opened.exposure_id) if opened else None
    assert live is not None
    live.has_sent((0, 10), AT)
    live.taint()
    disk.writes_left, disk.lost = 0, True
    await process.ledger.note(live)
    await process.read(delivered())
    await process.sweep()
    record = disk.record(ready().file_id)
    assert record is not None
    assert (record.covered, record.tainted, record.state) == (((0, 10),), True, State.REVOKED)


async def test_a_stale_of_another_filespace_is_refused_so_that_the_uploader_ends_it() -> None:
    """Parked, it would leave the uploader waiting with the place of the file taken."""
    process = Process(Disk())
    elsewhere = FileStale.model_validate(about_file(filespace="other", exposure=1, why="nobody came"))
    await process.read(elsewhere)
    (told,) = process.told
    assert told.refusal is not None
    assert (told.file_id, told.exposure, told.refusal.code) == (elsewhere.file_id, 2, "OTHER_FILESPACE")


@pytest.mark.parametrize("field", sorted(RoutedMessage.model_fields.keys() - {"at", "exposure"}))
async def test_all_that_ready_says_of_a_file_is_handed_on(field: str) -> None:
    """As that a person wants it once more."""
    process = Process(Disk())
    await process.start()
    said = ready(again=True, lane="large", attempt=2, written_by="Ada")
    await process.read(said)
    assert getattr(process.told[0], field) == getattr(said, field)


async def test_a_stale_that_breaks_its_handler_again_and_again_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk()
    process = Process(disk)
    await process.read(ready())

    async def broken(*_: object) -> bool:
        raise ValueError("a defect")

    monkeypatch.setattr(process.ledger, "open", broken)
    with pytest.raises(ValueError, match="a defect"):
        await process.read(STALE)
    await process.read(STALE, defects=DEFECT_LIMIT - 1)
    told = process.told[-1]
    assert told.refusal is not None
    assert (told.exposure, told.refusal.code, disk.holders()) == (2, "DEFECT", ())


async def test_those_who_change_one_record_at_once_all_succeed() -> None:
    disk = Disk()
    process = Process(disk, limit=20)
    shots = [ready(path=f"SQ01/{number}.mov") for number in range(10)]
    await asyncio.gather(*(process.read(shot) for shot in shots))
    assert set(disk.holders()) == {shot.file_id for shot in shots}
