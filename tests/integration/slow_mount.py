"""Edge: a mount for a test, where the watcher's rig expects the volume."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.watcher_rig import shot
from tests.slowmount.building import NoMount
from tests.slowmount.mounting import SlowMount, mounted


@pytest.fixture
def slow_mount(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SlowMount]:
    """Parameters, if any, are those of `mounted`."""
    options = getattr(request, "param", {})
    try:
        with mounted(tmp_path / "slowmount", tmp_path / "volume", **options) as made:
            yield made
    except NoMount as error:
        pytest.skip(str(error))


def write(filespace: Path, number: int) -> None:
    """A film below EXPORTS."""
    (filespace / "EXPORTS").mkdir(exist_ok=True)
    (filespace / "EXPORTS" / shot(number)).write_bytes(b"film")
