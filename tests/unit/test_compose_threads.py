"""`compose.yaml`, held against the threads that a service may need at once."""

import re

from fileserver import readers, volume
from tests.unit.test_env_example import COMPOSE

OTHERS = 64
"""Those of asyncio's own pool, of telemetry, and the health check's process."""


def test_a_mount_that_hangs_leaves_the_fileserver_threads_for_all_else() -> None:
    block = re.search(r"^  fileserver:\n(?:    .*\n)+?    pids_limit: (\d+)$", COMPOSE, re.MULTILINE)
    assert block, "the fileserver has no limit of its own"
    assert int(block[1]) >= volume.THREADS + readers.THREADS + OTHERS
