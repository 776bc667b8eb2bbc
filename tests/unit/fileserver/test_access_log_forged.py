"""What shows of an access log that was changed, shortened or written anew, and what must not look like it."""

import errno
import json
import os
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from fileserver.access_files import AccessFiles
from postflow.chain import BEGINNING, Link, sealed
from postflow.verifying import log_files
from tests.examples import AT
from tests.unit.fileserver.access_logs import Calendar, days, fail, kept, lines, problems, told


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


async def test_an_end_that_is_missing_shows_ever_after(tmp_path: Path, calendar: Calendar) -> None:
    remembered = Link(number=7, hash="a" * 64)
    async with kept(tmp_path, calendar, remembered) as log:
        await log.now({"what": "after"})
    (line,) = lines(tmp_path)
    assert (json.loads(line)["n"], json.loads(line)["prev"]) == (8, "a" * 64)


async def test_a_log_that_was_written_anew_while_no_service_ran_shows_ever_after(
    tmp_path: Path, calendar: Calendar
) -> None:
    remembered = await days(tmp_path, calendar, 3)
    _write_anew(log_files(tmp_path))
    assert problems(tmp_path) == []
    async with kept(tmp_path, calendar, remembered) as log:
        await log.now({"what": "after"})
    assert problems(tmp_path, log.last) == ["it does not hang from the line before: 3 was changed"]


def _write_anew(logs: list[Path]) -> None:
    last = BEGINNING
    for path in logs:
        written = bytearray()
        for line in path.read_bytes().splitlines():
            forged, last = sealed(json.loads(line) | {"what": "forged", "n": last.number + 1, "prev": last.hash}, last)
            written += forged + b"\n"
        path.write_bytes(written)


async def test_what_nats_remembers_may_lie_behind_the_end_of_the_log(tmp_path: Path, calendar: Calendar) -> None:
    remembered = await days(tmp_path, calendar, 3)
    await days(tmp_path, calendar, 5)
    async with kept(tmp_path, calendar, remembered) as log:
        await log.now({"what": "after"})
    assert problems(tmp_path, remembered) == []


async def test_that_all_of_it_was_deleted_shows_after_a_start(tmp_path: Path, calendar: Calendar) -> None:
    remembered = await days(tmp_path, calendar, 3)
    for path in log_files(tmp_path):
        path.unlink()
    async with kept(tmp_path, calendar, remembered) as log:
        await log.now({"what": "after"})
    assert problems(tmp_path, log.last) == ["its beginning is missing: lines 1 to 3"]


async def test_what_was_deleted_before_its_age_shows(tmp_path: Path, calendar: Calendar) -> None:
    last = await days(tmp_path, calendar, 40)
    assert problems(tmp_path, last) == []
    log_files(tmp_path)[0].unlink()
    assert problems(tmp_path, last) == ["its beginning is missing: lines 10 to 10"]


async def test_what_was_deleted_from_a_young_log_shows(tmp_path: Path, calendar: Calendar) -> None:
    last = await days(tmp_path, calendar, 5)
    for path in log_files(tmp_path)[:2]:
        path.unlink()
    assert problems(tmp_path, last) == ["its beginning is missing: lines 1 to 2"]


async def test_a_clock_that_was_set_back_over_midnight_tears_no_hole(tmp_path: Path, calendar: Calendar) -> None:
    """What was written later is deleted later, whatever day it says."""
    async with kept(tmp_path, calendar) as log:
        for hours in (0, -24, 1, 31 * 24 - 23, 32 * 24):
            calendar.at = AT + timedelta(hours=hours)
            await log.now({"what": hours})
            assert problems(tmp_path, log.last) == []
    assert told(tmp_path) == [31 * 24 - 23, 32 * 24]


async def test_nothing_is_deleted_before_a_line_says_so(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    await days(tmp_path, calendar, 5)
    calendar.at = AT + timedelta(days=33)
    opened = AccessFiles(tmp_path, calendar.now, keep_days=30)
    opened.open()
    with monkeypatch.context() as full:
        full.setattr(os, "fdatasync", partial(fail, errno.ENOSPC))
        with pytest.raises(OSError, match="No space"):
            opened.append([{"what": "refused"}])
    assert problems(tmp_path) == []
    opened.append([{"what": "last"}])
    opened.close()
    assert problems(tmp_path) == []
    assert [json.loads(line)["n"] for line in lines(tmp_path)] == [4, 5, 6]


async def test_what_nats_remembers_may_have_been_deleted_for_its_age(tmp_path: Path, calendar: Calendar) -> None:
    """Nobody came for longer than the log is kept, and NATS was away, or the machine died, just after somebody did."""
    remembered = await days(tmp_path, calendar, 3)
    calendar.at = AT + timedelta(days=60)
    for line in range(3):
        async with kept(tmp_path, calendar, remembered) as log:
            await log.now({"what": line})
    assert told(tmp_path) == [0, 1, 2]
    assert problems(tmp_path, log.last) == []


async def test_a_log_that_begins_behind_what_nats_remembers_and_does_not_hang_from_it_was_written_anew(
    tmp_path: Path, calendar: Calendar
) -> None:
    remembered = await days(tmp_path, calendar, 3)
    for path in log_files(tmp_path):
        path.unlink()
    forged, _ = sealed({"what": "forged", "oldest": 4}, Link(number=3, hash="f" * 64))
    (tmp_path / f"2027-01-01-{4:012}.jsonl").write_bytes(forged + b"\n")
    async with kept(tmp_path, calendar, remembered) as log:
        await log.now({"what": "after"})
    assert problems(tmp_path, log.last) == ["it does not hang from the line before: 4 was changed"]
