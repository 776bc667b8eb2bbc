"""Where nothing can be mounted, whoever wants to is told what is missing."""

from pathlib import Path

import pytest

from tests.slowmount import building
from tests.slowmount.building import NoMount


def test_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(building, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(building, "DEVICE", tmp_path)
    with pytest.raises(NoMount, match=r"^gcc, pkg-config, fusermount3, libfuse3-dev missing, and only root"):
        building.program()


def test_it_says_that_there_is_no_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "DEVICE", tmp_path / "fuse")
    with pytest.raises(NoMount, match="the kernel has no FUSE, or this container was not given it"):
        building.program()
