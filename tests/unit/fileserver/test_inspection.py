"""Why a file is not exposed, and how often the mount may fail before a person hears of it."""

import pytest

from fileserver.inspection import MOST_LOOKS, REVISION_CHANGED, Inspection
from fileserver.troubles import DiskTrouble, VolumeAway
from fileserver.volume import Revision
from postflow.errors import NotYet, RetryableError
from tests.examples import ready

HERE = Revision(ready().size_bytes, ready().mtime_ns)


class Mount:
    def __init__(self) -> None:
        self.answer: Revision | Exception = HERE

    async def look(self, path: str) -> Revision:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_only_what_the_mount_fails_to_give_counts_as_a_look() -> None:
    mount = Mount()
    inspection = Inspection(mount.look)
    mount.answer = VolumeAway("gone")
    for _ in range(2 * MOST_LOOKS):
        with pytest.raises(NotYet):
            await inspection.refusal(ready())
    mount.answer = DiskTrouble("Input/output error")
    for _ in range(MOST_LOOKS - 1):
        with pytest.raises(RetryableError):
            await inspection.refusal(ready())
    refusal = await inspection.refusal(ready())
    assert refusal is not None
    assert refusal.code == "NOT_READABLE"


async def test_a_file_that_the_mount_gives_after_all_starts_anew() -> None:
    mount = Mount()
    inspection = Inspection(mount.look)
    for _ in range(3):
        mount.answer = DiskTrouble("Input/output error")
        for _ in range(MOST_LOOKS - 1):
            with pytest.raises(RetryableError):
                await inspection.refusal(ready())
        mount.answer = HERE
        assert await inspection.refusal(ready()) is None


async def test_another_revision_is_refused() -> None:
    mount = Mount()
    mount.answer = Revision(HERE.size_bytes, HERE.mtime_ns + 1)
    assert await Inspection(mount.look).refusal(ready()) == REVISION_CHANGED
