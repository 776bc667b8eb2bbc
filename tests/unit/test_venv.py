"""`make` and the Python it is given: the one that was named is taken, or one line says why not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STUB = """#!/bin/sh
# A Python of another release: it answers what it is asked about itself.
case "$2" in
    *sys.exit*) exit {too_old:d} ;;
    *platform*) echo {version} ;;
    *base_prefix*) echo /another {version} ;;
    *ensurepip* | *pip*) exit 1 ;;
esac
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A checkout whose .venv is made, as far as `make .venv/.made` looks at it."""
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("venv", "build.txt"):
        shutil.copy(ROOT / "requirements" / name, tmp_path / "requirements")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    identity = 'import sys; print(sys.prefix, "%d.%d" % sys.version_info[:2])'
    made = subprocess.run([tmp_path / ".venv/bin/python", "-c", identity], capture_output=True, check=True)
    (tmp_path / ".venv/.made").write_bytes(made.stdout)
    return tmp_path


def make(home: Path, *arguments: str) -> tuple[int, list[str]]:
    """Exit code, and what it said without make's own words."""
    ended = subprocess.run(["make", ".venv/.made", *arguments], cwd=home, capture_output=True, text=True, check=False)
    lines = (ended.stdout + ended.stderr).splitlines()
    return ended.returncode, [line for line in lines if not line.startswith(("make", "making"))]


def stub(home: Path, version: str, *, too_old: bool) -> str:
    program = home / f"python{version}"
    program.write_text(STUB.format(version=version, too_old=too_old))
    program.chmod(0o755)
    return str(program)


def test_what_was_made_is_left_alone(home: Path) -> None:
    assert make(home) == (0, [])


def test_the_python_it_was_made_with_may_be_named(home: Path) -> None:
    assert make(home, f"PYTHON={sys.executable}") == (0, [])


def test_a_python_that_does_not_run_is_said_though_there_is_a_venv(home: Path) -> None:
    code, (line,) = make(home, "PYTHON=/nope")
    assert code != 0
    assert line == (
        "PostFlow needs Python 3.11 or later, and '/nope' does not run: install it, or say which: "
        "make PYTHON=/path/to/python3"
    )
    assert (home / ".venv/bin/python").exists()


def test_a_python_that_is_too_old_is_said_with_its_release(home: Path) -> None:
    old = stub(home, "3.9.18", too_old=True)
    code, (line,) = make(home, f"PYTHON={old}")
    assert code != 0
    assert line == (
        f"PostFlow needs Python 3.11 or later, and '{old}' is 3.9.18: say which to take: make PYTHON=/path/to/python3"
    )
    assert (home / ".venv/bin/python").exists()


def test_another_python_that_cannot_make_one_is_said_and_the_old_one_stays(home: Path) -> None:
    code, (line,) = make(home, f"PYTHON={stub(home, '3.14.0', too_old=False)}")
    assert code != 0
    assert "has neither ensurepip nor pip: install them" in line
    assert (home / ".venv/bin/python").exists()
