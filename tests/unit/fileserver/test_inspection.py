"""Why a file is not exposed, and how often the mount may fail before a person hears of it."""

import asyncio

import pytest

from fileserver import looking
from fileserver.film import Film
from fileserver.films import OtherRevision
from fileserver.inspection import FILE_GONE, MOST_LOOKS, REVISION_CHANGED, Inspection
from fileserver.troubles import DiskTrouble, FileGone, VolumeAway
from postflow.errors import NotYet, RetryableError
from tests.examples import ready


class Mount:
    def __init__(self) -> None:
        self.answer: Exception | None = None

    async def look(self, film: Film) -> None:
        if self.answer is not None:
            raise self.answer


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
        mount.answer = None
        assert await inspection.refusal(ready()) is None


async def test_another_revision_is_refused() -> None:
    mount = Mount()
    mount.answer = OtherRevision()
    assert await Inspection(mount.look).refusal(ready()) == REVISION_CHANGED


class HangingMount(Mount):
    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.looks = 0

    async def look(self, film: Film) -> None:
        self.looks += 1
        await self.answers.wait()
        await super().look(film)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> HangingMount:
    monkeypatch.setattr(looking, "LOOK_S", 0.0)
    return HangingMount()


async def test_a_look_that_takes_long_goes_on_and_is_answered_when_it_is_asked_for_again(hanging: HangingMount) -> None:
    inspection = Inspection(hanging.look)
    for _ in range(3):
        with pytest.raises(NotYet):
            await inspection.refusal(ready())
    hanging.answers.set()
    await asyncio.sleep(0)
    assert await inspection.refusal(ready()) is None
    assert hanging.looks == 1
    hanging.answer = FileGone("it went")
    assert await inspection.refusal(ready()) == FILE_GONE


async def test_a_mount_that_gives_no_answer_is_trouble_when_the_look_says_so(hanging: HangingMount) -> None:
    inspection = Inspection(hanging.look)
    hanging.answer = DiskTrouble("no answer within 100 s")
    waits = []
    for _ in range(MOST_LOOKS - 1):
        hanging.answers.clear()
        for _ in range(10):
            with pytest.raises(NotYet):
                await inspection.refusal(ready())
        hanging.answers.set()
        await asyncio.sleep(0)
        with pytest.raises(RetryableError) as caught:
            await inspection.refusal(ready())
        assert not isinstance(caught.value, NotYet)
        waits.append(caught.value.retry_after_s)
    assert waits == [1, 2, 4, 8], "however often it was asked for meanwhile"


async def test_an_old_look_is_not_believed(hanging: HangingMount) -> None:
    now_s = 0.0
    looks = looking.PatientLooks(hanging.look, monotonic=lambda: now_s)
    with pytest.raises(NotYet):
        await looks.of(ready())
    hanging.answers.set()
    await asyncio.sleep(0)
    now_s += looking.FRESH_S + 1
    hanging.answer = OtherRevision()
    with pytest.raises(OtherRevision):
        await looks.of(ready())
    assert hanging.looks == 2
