"""`make test-compose` on a machine without an engine that will do: it is skipped, and says why and what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import documents

DOCKER = """#!/bin/sh
case "$1 $2" in
    "info ") exit {info} ;;
    "compose version") {version} ;;
esac
"""
UNKNOWN = 'echo "docker: unknown command: docker compose" >&2; exit 1'


@pytest.mark.parametrize(
    ("docker", "why"),
    [
        pytest.param(
            None,
            "none answers, and only root on a Debian can install one; start Docker, or run this as root",
            id="no-docker",
        ),
        pytest.param(
            DOCKER.format(info=1, version=UNKNOWN),
            "none answers, and only root on a Debian can install one; start Docker, or run this as root",
            id="no-daemon",
        ),
        pytest.param(
            DOCKER.format(info=0, version=UNKNOWN),
            "the one here has no compose; install its plugin, 2.24.4 or later",
            id="no-compose",
        ),
        pytest.param(
            DOCKER.format(info=0, version="echo 2.24.3"),
            "compose 2.24.3 is too old; update its plugin to 2.24.4 or later",
            id="old-compose",
        ),
    ],
)
def test_it_says_plainly_that_it_was_skipped(tmp_path: Path, docker: str | None, why: str) -> None:
    if docker is not None:
        (tmp_path / "docker").write_text(docker)
        (tmp_path / "docker").chmod(0o755)
    (tmp_path / "sh").symlink_to("/bin/sh")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.compose"],
        cwd=documents.ROOT,
        env=dict(os.environ) | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"skipped: no Docker engine can be had here: {why}\n"
