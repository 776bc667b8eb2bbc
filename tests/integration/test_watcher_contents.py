"""The process that looks into files: real ones, that hang, die, are killed and are left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import unprivileged
from tests.unit.watcher.completeness.made import FTYP, MDAT, MOOV
from watcher.apart.helper import MOST_HUNG, Hung, command
from watcher.contents.finding import Finding, Outcome
from watcher.contents.helper import Helper
from watcher.stability import Look

ODD = """
import os, sys, time
from watcher.apart import child

really_read = os.pread

def read(descriptor, length, offset):
    {what}
    return really_read(descriptor, length, offset)

os.pread = read
child.serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
"""
HANGS = "time.sleep(0 if os.path.exists(sys.argv[1] + '/mended') else 600)"
DIES = "os._exit(1)"
IS_SLOW = "time.sleep(0.15)"


def odd(root: Path, what: str) -> tuple[str, ...]:
    return (sys.executable, "-c", ODD.format(what=what), str(root))


@pytest.fixture
def hung() -> Hung:
    return Hung()


@pytest.fixture
def made(tmp_path: Path, hung: Hung) -> Iterator[list[Helper]]:
    """Those that a test has made: ended with it."""
    making: list[Helper] = []
    yield making
    for helper in making:
        helper.end()


def write(root: Path, name: str = "a.mov", content: bytes = FTYP + MDAT + MOOV) -> Look:
    (root / name).write_bytes(content)
    seen = (root / name).stat()
    return Look(seen.st_size, seen.st_mtime_ns, seen.st_ino)


def pid_of(helper: Helper) -> int:
    process = helper._started()
    assert process is not None
    return process.pid


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_process_answers_for_many_files(tmp_path: Path, hung: Hung, made: list[Helper]) -> None:
    made.append(helper := Helper(command(str(tmp_path)), hung))
    whole, half = write(tmp_path), write(tmp_path, "half\n☃.mov", FTYP + MDAT)
    pid = pid_of(helper)
    for _ in range(50):
        assert helper.look_into("a.mov", whole).outcome is Outcome.CLOSED
        assert helper.look_into("half\n☃.mov", half).seen == "its index (moov) is missing"
        assert helper.look_into("gone.mov", half).outcome is Outcome.CHANGED
    assert pid_of(helper) == pid
    helper.end()
    assert not is_running(pid)
    assert helper.look_into("a.mov", whole).outcome is Outcome.SILENT


def test_a_process_that_rests_costs_nothing(tmp_path: Path, hung: Hung, made: list[Helper]) -> None:
    made.append(helper := Helper(command(str(tmp_path)), hung))
    look = write(tmp_path)
    pid = pid_of(helper)
    helper.rest()
    assert not is_running(pid)
    assert helper.look_into("a.mov", look).passes


def test_a_process_over_a_read_that_hangs_is_killed_and_replaced(
    tmp_path: Path, hung: Hung, made: list[Helper]
) -> None:
    made.append(helper := Helper(odd(tmp_path, HANGS), hung, patience_s=0.3))
    look = write(tmp_path)
    pid = pid_of(helper)
    finding = helper.look_into("a.mov", look)
    assert (finding.outcome, finding.why) == (Outcome.SILENT, "it cannot be read yet: no answer within 0.3 s")
    assert not is_running(pid)
    (tmp_path / "mended").touch()
    until_s = time.monotonic() + 20  # on a busy machine to start takes longer than that patience
    while not (finding := helper.look_into("a.mov", look)).passes and time.monotonic() < until_s:
        assert finding.outcome is Outcome.SILENT
    assert finding.passes
    assert hung.count() == 0


def test_a_process_that_is_slow_is_waited_for_as_long_as_reads_come_back(
    tmp_path: Path, hung: Hung, made: list[Helper]
) -> None:
    look = write(tmp_path)
    patience = {"patience_s": 5.0}  # to start takes its time, too
    made.append(helper := Helper(odd(tmp_path, IS_SLOW), hung, **patience))
    helper.start()
    began_s = time.monotonic()
    assert helper.look_into("a.mov", look).passes
    assert time.monotonic() - began_s > 5 * 0.15
    made.append(hasty := Helper(odd(tmp_path, IS_SLOW), hung, **patience, longest_s=0.2))
    assert hasty.look_into("a.mov", look).outcome is Outcome.SILENT


def test_a_process_that_dies_says_nothing_of_the_file_and_is_replaced(
    tmp_path: Path, hung: Hung, made: list[Helper]
) -> None:
    look = write(tmp_path)
    made.append(helper := Helper(odd(tmp_path, DIES), hung))
    for _ in range(2):
        finding = helper.look_into("a.mov", look)
        assert (finding.outcome, finding.seen) == (Outcome.UNREADABLE, "the process that reads it has ended")
    made.append(killed := Helper(command(str(tmp_path)), hung))
    assert killed.look_into("a.mov", look).passes
    os.kill(pid_of(killed), signal.SIGKILL)
    assert killed.look_into("a.mov", look).outcome in (Outcome.CLOSED, Outcome.UNREADABLE)
    assert killed.look_into("a.mov", look).passes


def test_a_process_that_cannot_be_started_says_nothing_of_the_file(
    tmp_path: Path, hung: Hung, made: list[Helper]
) -> None:
    made.append(helper := Helper((str(tmp_path / "none"),), hung))
    finding = helper.look_into("a.mov", write(tmp_path))
    assert (finding.outcome, finding.seen) == (
        Outcome.UNREADABLE,
        "the process that reads does not run: No such file or directory",
    )


class Unkillable:
    """A process that the kernel lets not end before the mount has answered it."""

    def __init__(self) -> None:
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


def test_no_more_are_started_while_too_many_cannot_be_killed(tmp_path: Path, hung: Hung, made: list[Helper]) -> None:
    look = write(tmp_path)
    stuck = [Unkillable() for _ in range(MOST_HUNG)]
    for process in stuck:
        hung.add(process)  # type: ignore[arg-type]
    made.append(helper := Helper(command(str(tmp_path)), hung))
    assert helper.look_into("a.mov", look).seen == "too many reads hang already"
    stuck[0].code = -9
    assert hung.count() == MOST_HUNG - 1
    assert helper.look_into("a.mov", look).passes


def test_a_file_over_which_one_hangs_takes_no_other_child(tmp_path: Path, made: list[Helper]) -> None:
    class Unended(Hung):
        """As the kernel keeps a child whose call the mount has not answered."""

        def add(self, process: object, about: object = None) -> None:
            stuck.append(Unkillable())
            super().add(stuck[-1], about)

    look, stuck, hung = write(tmp_path), [], Unended()  # type: ignore[var-annotated]
    other = write(tmp_path, "b.mov")
    made.append(hanging := Helper(odd(tmp_path, HANGS), hung, patience_s=0.3))
    made.append(helper := Helper(command(str(tmp_path)), hung))
    assert hanging.look_into("a.mov", look).seen.startswith("no answer within")
    for _ in range(2 * MOST_HUNG):
        assert hanging.look_into("a.mov", look) == Finding(Outcome.SILENT, "an earlier read of it hangs still")
    assert hung.count() == 1
    assert helper.look_into("b.mov", other).passes
    stuck[0].code = -9
    assert helper.look_into("a.mov", look).passes


async def test_a_process_that_is_asked_ends_with_the_watcher(tmp_path: Path, hung: Hung, made: list[Helper]) -> None:
    made.append(helper := Helper(odd(tmp_path, HANGS), hung))
    look = write(tmp_path)
    pid = pid_of(helper)
    asking = asyncio.create_task(asyncio.to_thread(helper.look_into, "a.mov", look))
    await asyncio.sleep(0.1)
    began_s = time.monotonic()
    await asyncio.to_thread(helper.end)
    assert (await asking).outcome is Outcome.UNREADABLE
    assert time.monotonic() - began_s < 5
    assert not is_running(pid)


PARENT = """
import os, signal, sys, time
from watcher.apart.helper import Hung, command
from watcher.contents.helper import Helper

helper = Helper(command(sys.argv[1]), Hung())
helper.start()
print(helper._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_leaves_nobody_behind_however_the_watcher_ends(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(number)
    until_s = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until_s:
        time.sleep(0.01)
    assert not is_running(pid)


def test_a_signal_to_all_of_a_terminal_is_left_to_the_watcher(tmp_path: Path, hung: Hung, made: list[Helper]) -> None:
    made.append(helper := Helper(command(str(tmp_path)), hung))
    look = write(tmp_path)
    helper.look_into("a.mov", look)
    pid = pid_of(helper)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    assert helper.look_into("a.mov", look).passes
    assert pid_of(helper) == pid


def test_a_file_that_we_may_not_read_waits_until_we_may(tmp_path: Path, hung: Hung, made: list[Helper]) -> None:
    made.append(helper := Helper(unprivileged.python(*command(str(tmp_path))[1:]), hung))
    look = write(tmp_path)
    (tmp_path / "a.mov").chmod(0)
    assert helper.look_into("a.mov", look).why == "it cannot be read yet: Permission denied"
    (tmp_path / "a.mov").chmod(0o644)
    assert helper.look_into("a.mov", look).passes
