"""The access log on a real disk: what is in it, and what becomes of it when the disk or the process fails."""

import asyncio
import errno
import json
import os
import resource
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fileserver import access_files, access_log
from fileserver.access_files import AccessFiles
from fileserver.access_log import AccessLog, AccessLogUnavailable, keeping
from postflow.chain import BEGINNING, Checking, Link, sealed
from postflow.errors import SettingsError
from postflow.threads import in_thread
from postflow.verifying import log_files, verified
from tests.examples import AT


class Calendar:
    """What day it is."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> Any:
        return self.at


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@asynccontextmanager
async def kept(folder: Path, calendar: Calendar, remembered: Link | None = None) -> AsyncIterator[AccessLog]:
    async def forget(last: object) -> None: ...

    async with keeping(AccessFiles(folder, calendar.now, keep_days=30), remembered, forget) as log:
        yield log


def lines(folder: Path) -> list[bytes]:
    return b"".join(path.read_bytes() for path in log_files(folder)).splitlines()


def told(folder: Path) -> list[Any]:
    """What stands in the log, whose lines all hang together."""
    checking = Checking()
    assert [checking.take(line) for line in lines(folder)] == [None] * len(lines(folder))
    return [json.loads(line).get("what") for line in lines(folder)]


@contextmanager
def full_after(size_bytes: int) -> Iterator[None]:
    """No file may become larger; what would is written as far as it fits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, calendar: Calendar) -> None:
    opened = AccessFiles(tmp_path, calendar.now, keep_days=0)
    opened.open()
    opened.append([{"what": "first"}])
    with full_after(log_files(tmp_path)[0].stat().st_size + 20), pytest.raises(OSError, match="too large"):
        opened.append([{"what": "refused"}])
    assert told(tmp_path) == ["first"]
    opened.append([{"what": "last"}])
    opened.close()
    assert told(tmp_path) == ["first", "last"]


async def test_a_disk_that_takes_nothing_is_told_and_gone_on_with_by_itself(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "AGAIN_S", 0.01)
    async with kept(tmp_path, calendar) as log:
        await log.now({"what": "first"})
        with monkeypatch.context() as full:
            full.setattr(os, "fdatasync", partial(_fail, errno.ENOSPC))
            log.soon({"what": "later"})
            with pytest.raises(AccessLogUnavailable, match="No space"):
                await log.now({"what": "refused"})
            assert not log.check().ok
            assert told(tmp_path) == ["first"]
        async with asyncio.timeout(10):
            while not log.check().ok:
                await asyncio.sleep(0.01)
        await log.now({"what": "last"})
    assert [one for one in told(tmp_path) if one] == ["first", "later", "last"]
    (trouble,) = [line for line in map(json.loads, lines(tmp_path)) if line.get("event") == "trouble"]
    assert datetime.fromisoformat(trouble["at"]) == AT


async def test_lines_that_find_no_room_are_counted(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "MOST_WAITING", 3)
    async with kept(tmp_path, calendar) as log:
        for number in range(10):
            log.soon({"what": number})
    assert told(tmp_path) == [0, 1, 2]
    assert json.loads(lines(tmp_path)[0])["lines_lost_before"] == 7


async def test_an_end_that_is_missing_shows_ever_after(tmp_path: Path, calendar: Calendar) -> None:
    remembered = Link(number=7, hash="a" * 64)
    async with kept(tmp_path, calendar, remembered) as log:
        await log.now({"what": "after"})
    (line,) = lines(tmp_path)
    assert (json.loads(line)["n"], json.loads(line)["prev"]) == (8, "a" * 64)


async def test_a_folder_that_is_taken_away_is_made_again(tmp_path: Path, calendar: Calendar) -> None:
    folder = tmp_path / "log"
    async with kept(folder, calendar) as log:
        await log.now({"what": "taken"})
        folder.rename(tmp_path / "elsewhere")
        await log.now({"what": "after"})
    assert problems(folder, log.last) == ["its beginning is missing: lines 1 to 1"]


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


def problems(folder: Path, remembered: Link | None = None) -> list[str]:
    return [problem.what for problem in verified(folder, remembered).problems]


async def days(folder: Path, calendar: Calendar, count: int) -> Link:
    """A log of a line a day."""
    async with kept(folder, calendar) as log:
        for day in range(count):
            calendar.at = AT + timedelta(days=day)
            await log.now({"what": day})
    return log.last


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
        full.setattr(os, "fdatasync", partial(_fail, errno.ENOSPC))
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


@pytest.mark.parametrize("moved", [pytest.param(False, id="deleted"), pytest.param(True, id="moved")])
async def test_a_file_that_is_taken_away_while_it_is_written_has_a_successor(
    tmp_path: Path, calendar: Calendar, moved: bool
) -> None:
    folder = tmp_path / "log"
    async with kept(folder, calendar) as log:
        await log.now({"what": "taken"})
        (path,) = log_files(folder)
        path.rename(tmp_path / "elsewhere") if moved else path.unlink()
        await log.now({"what": "after"})
    assert problems(folder, log.last) == ["its beginning is missing: lines 1 to 1"]


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


@pytest.mark.parametrize(("failure", "written"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_a_file_system_that_syncs_no_folders_is_none_that_fails(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch, failure: int, written: bool
) -> None:
    opened = AccessFiles(tmp_path, calendar.now, keep_days=0)
    opened.open()
    with monkeypatch.context() as failing, nullcontext() if written else pytest.raises(OSError, match="output"):
        failing.setattr(os, "fsync", partial(_fail, failure))
        opened.append([{"what": "first"}])
    opened.append([{"what": "last"}])
    opened.close()
    assert told(tmp_path) == ["first", "last"][not written :]


async def test_a_disk_that_hangs_is_told_and_nobody_waits_for_it_for_ever(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "PATIENCE_S", 0.05)
    answers, sync = threading.Event(), os.fdatasync

    def hanging(descriptor: int) -> None:
        answers.wait(10)
        sync(descriptor)

    async with kept(tmp_path, calendar) as log:
        with monkeypatch.context() as hung:
            hung.setattr(os, "fdatasync", hanging)
            for _ in range(2):
                with pytest.raises(AccessLogUnavailable, match="does not answer"):
                    await log.now({"what": "refused"})
            assert not log.check().ok
            assert "does not answer" in log.check().detail
            answers.set()
            async with asyncio.timeout(10):
                while not log.check().ok:
                    await asyncio.sleep(0.01)
        await log.now({"what": "last"})
    assert told(tmp_path) == ["refused", "last"], "the first was being written already, the second was not"


async def test_a_defect_that_ends_it_is_told(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "PATIENCE_S", 0.1)
    async with kept(tmp_path, calendar) as log:
        with pytest.raises(AccessLogUnavailable):
            await log.now({"what": object()})
        assert not log.check().ok
        with pytest.raises(AccessLogUnavailable, match="restart"):
            await log.now({"what": "refused at once"})


async def test_the_end_waits_for_no_disk_that_hangs(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "LAST_LINES_S", 0.05)
    before, hangs, answers = set(threading.enumerate()), threading.Event(), threading.Event()

    def hanging(_: int) -> None:
        hangs.set()
        answers.wait(60)

    monkeypatch.setattr(os, "fdatasync", hanging)
    async with kept(tmp_path, calendar) as log:
        log.soon({"what": "never on disk"})
        assert await in_thread(hangs.wait, 10)
    left = set(threading.enumerate()) - before
    answers.set()
    assert left
    assert all(thread.daemon for thread in left), "the process would wait for the others"


def _fail(failure: int, _: int) -> None:
    raise OSError(failure, os.strerror(failure))


async def test_a_machine_that_gives_no_thread_ends_no_log(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "AGAIN_S", 0.0)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async with asyncio.timeout(10), kept(tmp_path, calendar) as log:
        with monkeypatch.context() as crowded:
            crowded.setattr(threading.Thread, "start", refuse)
            with pytest.raises(AccessLogUnavailable, match="can't start new thread"):
                await log.now({"what": "refused"})
            assert not log.check().ok
        while not log.check().ok:
            await asyncio.sleep(0)
        await log.now({"what": "after"})
    assert told(tmp_path) == [None, "after"]
