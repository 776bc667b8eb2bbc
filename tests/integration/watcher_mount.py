"""Edge: a FUSE mount that shows another folder, by `bindfs`: it can hang, die, and be mounted again."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.watcher_rig import shot

PATIENCE_S = 20.0


class Passthrough:
    """
    Args:
        at: where it is mounted; what it is mounted over is seen when it is not.
    """

    def __init__(self, at: Path) -> None:
        self._at = at
        self._daemon: subprocess.Popen[bytes] | None = None

    def mount(self, shown: Path) -> None:
        """Skips the test where nobody may mount."""
        bindfs = shutil.which("bindfs")
        if bindfs is None:
            pytest.skip("there is no bindfs")
        self._daemon = subprocess.Popen([bindfs, "-f", str(shown), str(self._at)], stderr=subprocess.PIPE)
        until_s = time.monotonic() + PATIENCE_S
        while not os.path.ismount(self._at):
            if self._daemon.poll() is not None:
                assert self._daemon.stderr is not None
                pytest.skip(f"whoever runs this may not mount: {self._daemon.stderr.read().decode()}")
            assert time.monotonic() < until_s
            time.sleep(0.01)

    def hang(self) -> None:
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        self._tell(signal.SIGCONT)

    def die(self) -> None:
        """It is mounted still, and nobody answers for it."""
        assert self._daemon is not None
        self._tell(signal.SIGKILL)
        self._daemon.communicate()
        self._daemon = None

    def unmount(self) -> None:
        """Whatever state it is in."""
        if self._daemon is not None:
            self.die()
        subprocess.run(["umount", "--lazy", str(self._at)], stderr=subprocess.DEVNULL, check=False)

    def _tell(self, number: signal.Signals) -> None:
        assert self._daemon is not None
        self._daemon.send_signal(number)


def write(filespace: Path, number: int) -> None:
    """A film below EXPORTS, as another machine does: no event of this one tells of it."""
    (filespace / "EXPORTS").mkdir(exist_ok=True)
    (filespace / "EXPORTS" / shot(number)).write_bytes(b"film")


@pytest.fixture
def filespace(tmp_path: Path) -> Path:
    """What the mount shows."""
    made = tmp_path / "filespace"
    (made / "EXPORTS").mkdir(parents=True)
    return made


@pytest.fixture
def mount(tmp_path: Path, filespace: Path) -> Iterator[Passthrough]:
    (tmp_path / "volume").mkdir()
    made = Passthrough(tmp_path / "volume")
    made.mount(filespace)
    yield made
    made.unmount()
