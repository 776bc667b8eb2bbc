"""Between two sends that did not arrive there is a pause, and what the fileserver says after it decides what counts."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from postflow.bus import Bus
from postflow.errors import BusUnavailable, NotYet
from postflow.messages import FileFailed, FileStale
from postflow.questions import TransferAnswer, TransferQuestion
from postflow.reading import Delivery
from simulators.frameio.faults import ErrorPage
from tests.integration.uploader_rig import Rig, rig
from tests.integration.uploader_time import Clock
from uploader.deliver import Deliver
from uploader.resending import MOST_SENDS, PAUSES_S


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    monkeypatch.setattr("uploader.verify.NOT_LISTED_S", 0.0)
    async with rig(bus, fetch_delay_s=0.0) as made:
        made.now = Clock()
        made.pauses_s = PAUSES_S
        yield made


@pytest.fixture
async def deliver(studio: Rig) -> AsyncIterator[Deliver]:
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        yield await studio.deliver(http)


def clock(studio: Rig) -> Clock:
    assert isinstance(studio.now, Clock)
    return studio.now


async def told(studio: Rig) -> list[str]:
    return [message.state for message in await studio.story() if isinstance(message, FileStale | FileFailed)]


async def sent(studio: Rig, deliver: Deliver, exposure: int) -> float:
    """Send once more, in vain; how long the pause is after which it is judged."""
    with pytest.raises(NotYet, match="pause") as pause:
        await deliver(Delivery(studio.exposed(exposure=exposure), sequence=exposure, count=1))
    assert studio.assets() == []
    assert pause.value.retry_after_s is not None
    return round(pause.value.retry_after_s + 0.4)  # it began when the verdict was on record


async def judged(studio: Rig, deliver: Deliver, exposure: int, after_s: float) -> None:
    clock(studio).pass_by(after_s)
    await deliver(Delivery(studio.exposed(exposure=exposure), sequence=exposure, count=3))


async def test_three_sends_in_vain_take_long_enough_to_be_evidence(studio: Rig, deliver: Deliver) -> None:
    studio.frameio.faults.queue(ErrorPage(route="remote_upload", times=MOST_SENDS))
    pauses_s = []
    for exposure in range(1, MOST_SENDS + 1):
        pauses_s.append(await sent(studio, deliver, exposure))
        assert len(await told(studio)) == exposure - 1
        if exposure < MOST_SENDS:
            await judged(studio, deliver, exposure, pauses_s[-1])
    assert pauses_s == list(PAUSES_S)
    clock(studio).pass_by(pauses_s[-1])
    await deliver(Delivery(studio.exposed(exposure=3), sequence=3, count=3))
    (failed,) = await studio.published("failed")
    assert failed.code == "ERROR_PAGE"
    assert "somebody in front of the fileserver answered in its place" in failed.why
    assert await told(studio) == ["stale", "stale", "failed"]


async def test_a_pause_survives_a_restart(studio: Rig, deliver: Deliver) -> None:
    studio.frameio.faults.queue(ErrorPage(route="remote_upload"))
    await sent(studio, deliver, 1)
    clock(studio).pass_by(2)
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        after_the_restart = await studio.deliver(http)
        with pytest.raises(NotYet, match="pause") as rest:
            await after_the_restart(Delivery(studio.exposed(), sequence=1, count=2))
        assert timedelta(seconds=2) < timedelta(seconds=rest.value.retry_after_s or 0) < timedelta(seconds=3.1)
        assert await told(studio) == []
        await judged(studio, after_the_restart, 1, 3)
    assert await told(studio) == ["stale"]
    assert studio.frameio.journal.count("remote_upload") == 1


async def test_what_the_fileserver_finds_lost_during_the_pause_is_no_try(studio: Rig, deliver: Deliver) -> None:
    rounds = MOST_SENDS + 2
    studio.frameio.faults.queue(ErrorPage(route="remote_upload", times=rounds))
    for exposure in range(1, rounds + 1):
        assert await sent(studio, deliver, exposure) == PAUSES_S[0]
        studio.source.lost.add(exposure)
        await judged(studio, deliver, exposure, PAUSES_S[0])
    assert await told(studio) == ["stale"] * rounds


async def test_nothing_is_judged_while_the_fileserver_is_silent(
    studio: Rig, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.frameio.faults.queue(ErrorPage(route="remote_upload"))
    await sent(studio, deliver, 1)

    async def silent(_: TransferQuestion) -> TransferAnswer:
        raise BusUnavailable("nobody answers")

    with monkeypatch.context() as silence:
        silence.setattr(deliver._following, "_transfers", silent)
        with pytest.raises(NotYet, match="fileserver"):
            await judged(studio, deliver, 1, 5)
    assert await told(studio) == []
    await deliver(Delivery(studio.exposed(), sequence=1, count=4))
    assert await told(studio) == ["stale"]


async def test_the_fileserver_is_told_at_once_what_came_to_nothing(
    studio: Rig, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it has looked at its tunnel when it is asked again."""
    asked: list[bool] = []
    transfer = studio.source.transfer

    async def listening(question: TransferQuestion) -> TransferAnswer:
        asked.append(question.came_to_nothing)
        return await transfer(question)

    monkeypatch.setattr(deliver._following, "_transfers", listening)
    studio.frameio.faults.queue(ErrorPage(route="remote_upload"))
    await sent(studio, deliver, 1)
    assert asked[-1]
    await judged(studio, deliver, 1, PAUSES_S[0])
    assert asked.count(True) == 1
