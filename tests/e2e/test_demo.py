"""`python -m onehost.demo` delivers its movie and leaves nothing running, or says in a line why it cannot."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc, and children that end with their parent")

DEMO = (sys.executable, "-m", "onehost.demo")
PATIENCE_S = 100.0
SIGNED = re.compile(r"/x/[\w-]+/\d+/[\w-]+/[\w-]+")
STEPS = ["export", "seen", "waiting", "ready", "signed", "pulled", "verified", "card", "trace"]
STEP = re.compile(r"^ +[\d.]+ s  (\w+) ", re.MULTILINE)


def _environment(folder: Path, **changed: str) -> dict[str, str]:
    return dict(os.environ) | {"DEMO_FOLDER": str(folder), "DEMO_ONCE": "1"} | changed


def _run(folder: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    environment = _environment(folder, **changed)
    return subprocess.run(DEMO, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)


def _left_running(folder: Path) -> list[str]:
    """Processes whose environment or command speaks of the demo's folder."""
    return [
        process.name
        for process in Path("/proc").glob("[0-9]*")
        if process.name != str(os.getpid()) and str(folder) in _said_of(process)
    ]


def _said_of(process: Path) -> str:
    try:
        return "".join((process / part).read_text(errors="replace") for part in ("environ", "cmdline"))
    except OSError:
        return ""


def test_delivers_once_and_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    ended = _run(folder)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    told = list(dict.fromkeys(STEP.findall(ended.stdout)))
    assert [step for step in told if step in STEPS] == STEPS, ended.stdout
    assert "\nDelivered, " in ended.stdout
    assert "\x1b" not in ended.stdout
    assert not SIGNED.search(ended.stdout)
    logged = "".join(log.read_text() for log in (folder / "logs").iterdir())
    assert not SIGNED.search(logged)
    assert _left_running(folder) == []


def test_ends_every_child_when_it_is_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with subprocess.Popen(DEMO, env=_environment(folder), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "seen" in line:
                demo.send_signal(signal.SIGINT)
        assert demo.wait(PATIENCE_S) == 130
    assert _left_running(folder) == []


@linux_only
def test_a_killed_demo_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with subprocess.Popen(DEMO, env=_environment(folder), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "seen" in line:
                demo.kill()
    deadline = time.monotonic() + PATIENCE_S
    while left := _left_running(folder):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_says_in_one_line_that_there_is_no_nats_server(tmp_path: Path) -> None:
    ended = _run(tmp_path / "demo", NATS_SERVER_BIN="/nope")
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "demo: NATS_SERVER_BIN names no nats-server that will do: /nope cannot be run: No such file or directory; "
        "correct it, or unset it"
    ]


def test_says_in_one_line_that_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = _run(tmp_path / "file" / "demo")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert re.fullmatch(r"demo: cannot write to .* \(Not a directory\): set DEMO_FOLDER to a folder of yours", line)


@linux_only
def test_says_which_process_died_and_its_last_lines(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with subprocess.Popen(
        DEMO, env=_environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        for line in demo.stdout:
            if "seen" in line:
                os.kill(_pid_of("notifier", folder), signal.SIGKILL)
        said = demo.stderr.read()
        assert demo.wait(PATIENCE_S) == 1
    assert said.startswith("demo: notifier was ended by SIGKILL\n")
    assert "channel" in said or "started" in said
    assert _left_running(folder) == []


def _pid_of(module: str, folder: Path) -> int:
    (pid,) = (
        pid for pid in _left_running(folder) if f"-m\0{module}\0" in (Path("/proc") / pid / "cmdline").read_text()
    )
    return int(pid)
