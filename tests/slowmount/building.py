"""Edge: the passthrough as a program: compiled once, on Debian as root with what that needs.

Where it cannot be had, NoMount says what is missing.
"""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from tests.compose.shell import Failed, run

SOURCE = Path(__file__).parent / "passthrough.c"
KEPT = Path(__file__).resolve().parents[2] / ".venv" / "slowmount"
PACKAGES = ("gcc", "libc6-dev", "pkg-config", "libfuse3-dev", "fuse3")
FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror")
DEVICE = Path("/dev/fuse")


class NoMount(Exception):
    """It cannot be mounted here, and the text says why."""


def program() -> Path:
    """Raises NoMount."""
    if not DEVICE.exists():
        raise NoMount(f"there is no {DEVICE}: the kernel has no FUSE, or this container was not given it")
    built = KEPT / hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            _install()
            _compile(built)
    return built


def _missing() -> list[str]:
    missing = [name for name in ("gcc", "pkg-config", "fusermount3") if not shutil.which(name)]
    try:
        run(["pkg-config", "--exists", "fuse3"])
    except Failed:
        missing.append("libfuse3-dev")
    return missing


def _install() -> None:
    missing = _missing()
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoMount(f"{', '.join(missing)} missing, and only root on a Debian can install that; install it")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(["apt-get", "update"], environment=quiet, timeout_s=120)
        run(["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES], environment=quiet, timeout_s=400)
    except Failed as error:
        raise NoMount(f"{', '.join(missing)} missing, and cannot be installed: {error}") from error


def _compile(built: Path) -> None:
    fresh = built.with_suffix(".new")
    try:
        library = run(["pkg-config", "--cflags", "--libs", "fuse3"]).split()
        run(["gcc", *FLAGS, "-o", fresh, SOURCE, *library])
    except Failed as error:
        raise NoMount(f"the passthrough cannot be compiled: {error}") from error
    fresh.replace(built)
