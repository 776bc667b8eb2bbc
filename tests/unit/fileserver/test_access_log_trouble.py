"""What becomes of the access log when its disk or the machine fails."""

import asyncio
import errno
import json
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from fileserver import access_log
from fileserver.access_files import AccessFiles
from fileserver.access_log import AccessLogUnavailable
from postflow.threads import in_thread
from postflow.verifying import log_files
from tests.examples import AT
from tests.unit.fileserver.access_logs import Calendar, fail, kept, lines, problems, told


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@contextmanager
def full_after(size_bytes: int) -> Iterator[None]:
    """No file may become larger; what would is written as far as it fits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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
            full.setattr(os, "fdatasync", partial(fail, errno.ENOSPC))
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


async def test_a_folder_that_is_taken_away_is_made_again(tmp_path: Path, calendar: Calendar) -> None:
    folder = tmp_path / "log"
    async with kept(folder, calendar) as log:
        await log.now({"what": "taken"})
        folder.rename(tmp_path / "elsewhere")
        await log.now({"what": "after"})
    assert problems(folder, log.last) == ["its beginning is missing: lines 1 to 1"]


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


@pytest.mark.parametrize(("failure", "written"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_a_file_system_that_syncs_no_folders_is_none_that_fails(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch, failure: int, written: bool
) -> None:
    opened = AccessFiles(tmp_path, calendar.now, keep_days=0)
    opened.open()
    with monkeypatch.context() as failing, nullcontext() if written else pytest.raises(OSError, match="output"):
        failing.setattr(os, "fsync", partial(fail, failure))
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
