"""A fetch that does not bring the whole file: sent again, with a reason that tells which it was, then a failure."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from postflow.bus import Bus
from postflow.messages import FileStale
from simulators.faults import Fault
from simulators.frameio.faults import NeverFetch, StallFetch, TruncateFetch
from tests.integration.uploader_rig import FILM, Rig, Source, rig
from tests.integration.uploader_time import Clock, until_settled
from uploader.resending import MOST_SENDS

STALLED_AT = len(FILM) // 2


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    async with rig(bus, fetch_delay_s=0.0) as made:
        made.now = Clock()
        yield made


def nobody_came(source: Source) -> None:
    source.first_get_at, source.bytes_sent = None, 0


def half_of_it_left_us(source: Source) -> None:
    source.bytes_sent = STALLED_AT


@pytest.mark.parametrize(
    ("fault", "seen", "code", "words"),
    [
        pytest.param(NeverFetch(), nobody_came, "NOBODY_CAME", "nobody came to fetch", id="nobody-came"),
        pytest.param(
            StallFetch(after_bytes=STALLED_AT, for_s=3600),
            half_of_it_left_us,
            "FETCH_STALLED",
            f"stopped after {STALLED_AT} of {len(FILM)} bytes",
            id="stalled",
        ),
        pytest.param(
            TruncateFetch(after_bytes=STALLED_AT, store=True),
            half_of_it_left_us,
            "SIZE_DIFFERS",
            f"holds {STALLED_AT} bytes of {len(FILM)}",
            id="short",
        ),
    ],
)
async def test_it_is_sent_again_and_people_are_told_which_it_was(
    studio: Rig, fault: Fault, seen: Callable[[Source], None], code: str, words: str
) -> None:
    clock = studio.now
    assert isinstance(clock, Clock)
    studio.frameio.faults.queue(fault.model_copy(update={"route": "remote_upload", "times": MOST_SENDS}))
    transfer = studio.source.transfer

    async def as_it_was(question: object) -> object:
        seen(studio.source)
        clock.pass_by(100)  # between two looks
        return await transfer(question)  # type: ignore[arg-type]

    studio.source.transfer = as_it_was  # type: ignore[assignment,method-assign]
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        deliver = await studio.deliver(http)
        for exposure in range(1, MOST_SENDS + 1):
            await until_settled(deliver, studio.exposed(exposure=exposure), clock, counting_from=1)
            assert studio.assets() == []
    asked_again = [message for message in await studio.story() if isinstance(message, FileStale)]
    assert len(asked_again) == MOST_SENDS - 1
    assert all(words in message.why for message in asked_again)
    (failed,) = await studio.published("failed")
    assert failed.code == code
    assert words in failed.why
