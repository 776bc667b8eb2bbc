"""The access log on a real disk: what is in it, in which files, and what a crash leaves."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from fileserver import access_files
from fileserver.access_files import AccessFiles
from postflow.chain import BEGINNING
from postflow.errors import SettingsError
from postflow.verifying import log_files
from tests.examples import AT
from tests.unit.fileserver.access_logs import Calendar, kept, problems, told


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


async def test_lines_hang_together_over_restarts(tmp_path: Path, calendar: Calendar) -> None:
    for start in range(3):
        async with kept(tmp_path, calendar) as log:
            log.soon({"what": f"{start}a"})
            await log.now({"what": f"{start}b"})
    assert told(tmp_path) == ["0a", "0b", "1a", "1b", "2a", "2b"]
    assert len(log_files(tmp_path)) == 1


async def test_a_line_is_on_disk_when_its_asker_goes_on(tmp_path: Path, calendar: Calendar) -> None:
    async with kept(tmp_path, calendar) as log:
        await asyncio.gather(*(log.now({"what": number}) for number in range(50)))
        assert sorted(told(tmp_path)) == list(range(50))


async def test_each_day_has_a_file_and_old_ones_go(tmp_path: Path, calendar: Calendar) -> None:
    async with kept(tmp_path, calendar) as log:
        for day in range(40):
            calendar.at = AT + timedelta(days=day)
            await log.now({"what": day})
    assert told(tmp_path) == list(range(9, 40))
    assert len(log_files(tmp_path)) == 31


async def test_a_file_that_is_large_enough_has_a_successor(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_files, "FILE_BYTES", 1)
    async with kept(tmp_path, calendar) as log:
        for number in range(12):
            await log.now({"what": number})
    assert told(tmp_path) == list(range(12))
    assert len(log_files(tmp_path)) == 12


async def test_what_a_crash_left_half_is_cut_off(tmp_path: Path, calendar: Calendar) -> None:
    async with kept(tmp_path, calendar) as log:
        await log.now({"what": "whole"})
    with log_files(tmp_path)[0].open("ab") as torn:
        torn.write(b'{"n":2,"prev":"')
    async with kept(tmp_path, calendar) as log:
        await log.now({"what": "after"})
    assert told(tmp_path) == ["whole", "after"]


async def test_two_never_write_one_log(tmp_path: Path, calendar: Calendar) -> None:
    async with kept(tmp_path, calendar):
        with pytest.raises(SettingsError, match="another fileserver writes"):
            async with kept(tmp_path, calendar):
                raise AssertionError


def test_what_lies_beside_the_log_is_no_part_of_it(tmp_path: Path, calendar: Calendar) -> None:
    (tmp_path / "notes.jsonl").write_bytes(b"mine")
    opened = AccessFiles(tmp_path, calendar.now, keep_days=0)
    opened.open()
    opened.close()
    assert opened.last == BEGINNING
    assert log_files(tmp_path) == []


async def test_any_amount_of_nothing_that_a_crash_left_is_cut_off(tmp_path: Path, calendar: Calendar) -> None:
    """A disk may have made room for what was never written."""
    async with kept(tmp_path, calendar) as log:
        await log.now({"what": "whole"})
    with log_files(tmp_path)[0].open("ab") as torn:
        torn.write(bytes(200_000))
    async with kept(tmp_path, calendar) as log:
        await log.now({"what": "after"})
    assert told(tmp_path) == ["whole", "after"]


async def test_wherever_a_crash_tears_it_the_log_goes_on(tmp_path: Path, calendar: Calendar) -> None:
    async with kept(tmp_path, calendar) as log:
        for what in ("one", "two"):
            await log.now({"what": what})
    (path,) = log_files(tmp_path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        async with kept(tmp_path, calendar) as log:
            await log.now({"what": "after"})
        assert told(tmp_path) == [*["one", "two"][: whole[:size].count(b"\n")], "after"]
        assert problems(tmp_path) == []


def test_a_new_file_is_in_its_folder_before_anybody_goes_on(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    opened = AccessFiles(tmp_path, calendar.now, keep_days=0)
    opened.open()
    for what in ("first", "second"):
        opened.append([{"what": what}])
    opened.close()
    assert synced == [tmp_path.stat().st_ino]
