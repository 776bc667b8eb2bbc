"""How attempts end, into the ledger."""

import pytest

from postflow.messages import FileEnded, FileReady, FileSuperseded, Message
from postflow.reading import Delivery
from postflow.threads import in_thread
from tests.examples import about_file, delivered, failed, ready
from tests.unit.watcher.examples import SHOT, look
from tests.unit.watcher.fakes import FakeVolume
from watcher.endings import Endings
from watcher.records import FileState, Released, RevisionState
from watcher.seen import Seen

REVISION = {"path": SHOT, "size_bytes": look().size_bytes, "mtime_ns": look().mtime_ns}


class Desk:
    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.volume = FakeVolume({SHOT: 100})
        self.looked_again: list[FileEnded] = []
        self.endings = Endings(seen, self.volume, self.looked_again.append, filespace="local", ask=in_thread)
        self.ready: FileReady = ready(**REVISION)
        seen.release(self.ready, look())

    async def hear(self, message: Message) -> Released | None:
        await self.endings(Delivery(message, sequence=1, count=1))
        return self.seen.revision(self.ready.file_id)


@pytest.fixture
def desk(seen: Seen) -> Desk:
    return Desk(seen)


def superseded(**changed: object) -> FileEnded:
    return FileSuperseded.model_validate(about_file(**(REVISION | changed)) | {"why": "a newer one"})


async def test_a_delivery_is_recorded(desk: Desk) -> None:
    assert await desk.hear(delivered(**REVISION)) == Released(1, RevisionState.DELIVERED)
    assert desk.looked_again == []


async def test_a_failure_waits_for_a_person(desk: Desk) -> None:
    assert await desk.hear(failed(**REVISION)) == Released(1, RevisionState.FAILED)
    assert desk.looked_again == []
    assert desk.seen.is_current(SHOT, desk.ready.file_id)


async def test_a_file_that_failed_and_is_gone_counts_again_when_it_comes_back(desk: Desk) -> None:
    desk.volume.sizes.clear()
    await desk.hear(failed(**REVISION))
    assert desk.seen.known(SHOT) is None
    assert [ended.path for ended in desk.looked_again] == [SHOT]


async def test_a_file_that_failed_is_not_taken_for_gone_when_the_volume_is_silent(desk: Desk) -> None:
    desk.volume.sizes.clear()
    desk.volume.mute = {SHOT}
    await desk.hear(failed(**REVISION))
    assert desk.seen.known(SHOT) is not None


async def test_a_superseded_revision_without_a_newer_one_is_looked_at_again(desk: Desk) -> None:
    assert await desk.hear(superseded()) == Released(1, RevisionState.SUPERSEDED)
    known = desk.seen.known(SHOT)
    assert known is not None
    assert known.state is FileState.WAITING
    assert [ended.path for ended in desk.looked_again] == [SHOT]


async def test_a_superseded_revision_with_a_newer_one_needs_no_look(desk: Desk) -> None:
    desk.seen.release(ready(**(REVISION | {"size_bytes": 200})), look(200))
    await desk.hear(superseded())
    assert desk.looked_again == []


async def test_the_same_ending_twice_comes_to_the_same(desk: Desk) -> None:
    await desk.hear(superseded())
    assert await desk.hear(superseded()) == Released(1, RevisionState.SUPERSEDED)
    assert [ended.path for ended in desk.looked_again] == [SHOT]


async def test_a_late_ending_of_an_older_attempt_changes_nothing(desk: Desk) -> None:
    desk.seen.release(ready(**REVISION, attempt=2), look())
    assert await desk.hear(superseded()) == Released(2, RevisionState.RELEASING)
    assert desk.looked_again == []


async def test_another_filespace_is_none_of_ours(desk: Desk) -> None:
    await desk.hear(delivered(**REVISION, filespace="other"))
    assert desk.seen.revision(delivered(**REVISION, filespace="other").file_id) is None
