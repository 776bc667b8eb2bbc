"""Edge: children are ended whatever happens, and one that dies by itself is named."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onehost.child import Child, ChildDied
from onehost.processes import Processes

WAIT_S = 20.0
ENV = dict(os.environ)
SLEEPER = "import time; print('here', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
MOURNED = "print('the disk is on fire', flush=True); raise SystemExit(3)"

PARENT = f"""
import asyncio, os, signal, sys
from pathlib import Path
from onehost.processes import Processes, until_signalled

# Whoever runs the tests with nohup ignores it, and children inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

async def main():
    async with until_signalled(), Processes() as processes:
        log = Path(sys.argv[1])
        child = await processes.start("child", [sys.executable, "-c", {SLEEPER!r}], env=os.environ, log=log)
        await child.line("here", 20)
        print(child.pid, flush=True)
        await asyncio.sleep(60)

try:
    asyncio.run(main())
except asyncio.CancelledError:
    print("ended in order", flush=True)
"""


async def _start(processes: Processes, code: str, tmp_path: Path, name: str = "child") -> Child:
    return await processes.start(name, [sys.executable, "-c", code], env=ENV, log=tmp_path / f"{name}.log")


async def _held(code: str, tmp_path: Path) -> tuple[asyncio.Task[None], Child]:
    """A task that holds its block open, and the child in it, which has begun."""
    started: asyncio.Future[Child] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        async with Processes() as processes:
            child = await _start(processes, code, tmp_path)
            await child.line("here", WAIT_S)
            started.set_result(child)
            await asyncio.Event().wait()

    return asyncio.create_task(hold()), await started


async def test_ends_every_child_with_the_block(tmp_path: Path) -> None:
    async with Processes() as processes:
        children = [await _start(processes, SLEEPER, tmp_path, name) for name in ("one", "two")]
        for child in children:
            await child.line("here", WAIT_S)
    assert [child.exit_code for child in children] == [-signal.SIGTERM, -signal.SIGTERM]
    assert processes.deaths == []


async def test_ends_every_child_when_the_block_is_cancelled(tmp_path: Path) -> None:
    task, child = await _held(SLEEPER, tmp_path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert child.exit_code == -signal.SIGTERM


async def test_a_second_interruption_ends_a_stubborn_child_at_once(tmp_path: Path) -> None:
    task, child = await _held(STUBBORN, tmp_path)
    task.cancel()
    while not child.was_asked_to_end:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert child.exit_code == -signal.SIGKILL


async def test_kills_a_child_that_does_not_stop_in_time(tmp_path: Path) -> None:
    async with Processes() as processes:
        child = await _start(processes, STUBBORN, tmp_path)
        await child.line("here", WAIT_S)
        await processes.stop("child", grace_s=0.1)
        assert child.exit_code == -signal.SIGKILL


async def test_says_which_child_died_by_itself_with_its_last_lines(tmp_path: Path) -> None:
    async with Processes() as processes:
        await _start(processes, MOURNED, tmp_path, "watcher")
        death = await asyncio.wait_for(processes.death(), WAIT_S)
    assert str(death) == "watcher ended with exit code 3\n  the disk is on fire"


async def test_a_child_that_was_killed_from_outside_has_died_by_itself(tmp_path: Path) -> None:
    async with Processes() as processes:
        child = await _start(processes, SLEEPER, tmp_path)
        await child.line("here", WAIT_S)
        os.kill(child.pid, signal.SIGKILL)
        death = await asyncio.wait_for(processes.death(), WAIT_S)
    assert death.how == "was ended by SIGKILL"


async def test_a_child_that_was_killed_on_purpose_has_not_died_by_itself(tmp_path: Path) -> None:
    async with Processes() as processes:
        await _start(processes, SLEEPER, tmp_path)
        await processes.kill("child")
        again = await processes.restart("child")
        await again.line("here", WAIT_S)
    assert processes.deaths == []


async def test_waiting_for_a_line_ends_with_the_child(tmp_path: Path) -> None:
    async with Processes() as processes:
        child = await _start(processes, MOURNED, tmp_path)
        with pytest.raises(ChildDied, match="the disk is on fire"):
            await child.line("never said", WAIT_S)


async def test_waiting_for_a_line_looks_only_at_this_start(tmp_path: Path) -> None:
    async with Processes() as processes:
        child = await _start(processes, SLEEPER, tmp_path)
        await child.line("here", WAIT_S)
        again = await processes.restart("child")
        assert (await again.line("here", WAIT_S)).string.count("here") == 1


async def test_a_program_that_is_not_there_is_a_death_with_the_reason(tmp_path: Path) -> None:
    async def use() -> None:
        async with Processes() as processes:
            child = await processes.start("nats-server", ["/nope"], env=ENV, log=tmp_path / "log")
            await child.line("ready", WAIT_S)

    with pytest.raises(ChildDied, match="No such file"):
        await use()


async def test_a_command_that_fails_says_so(tmp_path: Path) -> None:
    async with Processes() as processes:
        command = [sys.executable, "-c", MOURNED]
        with pytest.raises(ChildDied, match="provision ended with exit code 3"):
            await processes.run("provision", command, env=ENV, log=tmp_path / "log", timeout_s=WAIT_S)
    assert processes.deaths == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_parent_ends_its_children_in_order(number: signal.Signals, tmp_path: Path) -> None:
    parent, child_pid = _parent(tmp_path)
    with parent:
        parent.send_signal(number)
        assert parent.stdout is not None
        assert parent.stdout.read() == "ended in order\n"
    assert not _lives(child_pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_killed_parent_leaves_no_child(tmp_path: Path) -> None:
    parent, child_pid = _parent(tmp_path)
    with parent:
        parent.kill()
    deadline = time.monotonic() + WAIT_S
    while _lives(child_pid):
        assert time.monotonic() < deadline, "the child outlives its parent"
        time.sleep(0.01)


def _parent(tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def _lives(pid: int) -> bool:
    """A zombie that nobody has waited for yet is dead."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
