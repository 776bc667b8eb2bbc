from datetime import timedelta

import pytest

from fileserver.live import Live
from fileserver.progress import Following
from postflow.messages import Progress
from tests.examples import AT
from tests.unit.fileserver.examples import exposure

SIZE = 1000


class Fetch:
    """Of a film of 1,000 bytes, told of as it goes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[int] = []
        self.passed_s = 0.0
        self.live = Live(exposure(size_bytes=SIZE, first_get_at=AT))
        self._following = Following(self._hear, lambda: AT)
        monkeypatch.setattr("fileserver.progress.time.monotonic", lambda: self.passed_s)

    async def sends(self, *span: int) -> None:
        self.live.has_sent((span[0], span[1]), AT + timedelta(seconds=self.passed_s))
        await self._following.moved(self.live)

    async def _hear(self, progress: Progress) -> None:
        self.told.append(progress.bytes_done)


@pytest.fixture
def fetch(monkeypatch: pytest.MonkeyPatch) -> Fetch:
    return Fetch(monkeypatch)


async def test_the_bus_hears_once_a_second_however_many_parts_go_out_and_of_the_end_at_once(fetch: Fetch) -> None:
    for nth in range(10):
        await fetch.sends(50 * nth, 50 * nth + 50)
        await fetch.sends(500 + 50 * nth, 500 + 50 * nth + (50 if nth < 9 else 49))
        fetch.passed_s += 0.3
    assert fetch.told == [50, 450, 850]
    await fetch.sends(999, 1000)
    assert fetch.told == [50, 450, 850, 1000]


async def test_what_goes_out_again_is_counted_once(fetch: Fetch) -> None:
    for _ in range(3):
        await fetch.sends(0, 400)
        fetch.passed_s += 1
    assert fetch.told == [400, 400, 400]


async def test_the_log_hears_of_every_tenth_once_with_the_rate(
    fetch: Fetch, capsys: pytest.CaptureFixture[str]
) -> None:
    for start in range(0, SIZE, 20):
        fetch.passed_s += 1e-6 * 20
        await fetch.sends(start, start + 20)
    said = [line for line in capsys.readouterr().out.splitlines() if "fetch_" in line]
    assert [f"{tenth}0 %" in line for tenth, line in enumerate(said[:-1], start=1)] == [True] * 9
    assert (len(said), "fetch_done" in said[-1]) == (10, True)
    assert all("mb_per_s=1.0" in line for line in said)
