"""Edge: what can be made to go wrong at the simulated Frame.io."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from simulators.frameio import FrameioSimulator, Settings
from simulators.instants import HandClock
from simulators.serving import running
from simulators.source import Source
from tests.simulated_frameio import HEADERS, MOVIE, Studio


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def source() -> Source:
    return Source(MOVIE)


@pytest.fixture
def frameio(clock: HandClock) -> FrameioSimulator:
    settings = Settings(allow_http_source=True, fetch_delay_s=0.0, transcoded_after_s=0.0, limit_scale=100.0)
    return FrameioSimulator(settings, clock=clock)


@pytest.fixture
async def here(frameio: FrameioSimulator, source: Source) -> AsyncIterator[Studio]:
    async with AsyncExitStack() as stack:
        source_url = await stack.enter_async_context(running(source.app))
        base_url = await stack.enter_async_context(running(frameio.app))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=base_url, headers=HEADERS))
        yield Studio(frameio, client, source_url)


async def test_a_status_comes_before_any_effect(here: Studio) -> None:
    await here.queue(kind="status", route="remote_upload", status=429, retry_after_s=7)
    answer = await here.post()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json() == {"errors": [{"detail": "Too many requests"}]}
    assert await here.listed() == []
    assert here.frameio.journal.violations == 0


async def test_a_5xx_is_a_page_unless_asked_otherwise(here: Studio) -> None:
    await here.queue(kind="status", status=502)
    await here.queue(kind="status", status=500, html=False)
    page, content = await here.client.get("/v4/me"), await here.client.get("/v4/me")
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert (content.status_code, content.json()) == (500, {"errors": [{"detail": "Error"}]})
    assert "x-ratelimit-limit" in page.headers


async def test_a_fault_meets_the_route_the_name_and_the_turn_it_is_meant_for(here: Studio) -> None:
    await here.queue(kind="status", route="remote_upload", name="b.mov", status=500, times=2, skip=1)
    statuses = [(await here.post(name)).status_code for name in ("b.mov", "a.mov", "b.mov", "b.mov", "b.mov")]
    assert statuses == [202, 202, 500, 500, 202]
    assert (await here.client.get("/v4/me")).status_code == 200


async def test_faults_of_different_kinds_meet_the_same_call(here: Studio) -> None:
    await here.queue(kind="delay", delay_s=0.05)
    await here.queue(kind="status", status=401)
    before = asyncio.get_running_loop().time()
    assert (await here.client.get("/v4/me")).status_code == 401
    assert asyncio.get_running_loop().time() - before >= 0.05


async def test_after_a_commit_the_answer_can_be_an_error(here: Studio) -> None:
    await here.queue(kind="error_after_commit", route="remote_upload", status=504)
    assert (await here.post()).status_code == 504
    await here.frameio.fetched()
    assert await here.listed() == ["a.mov"]


@pytest.mark.parametrize("path", ["files/remote_upload", "folders"])
async def test_after_a_commit_the_connection_can_be_cut(here: Studio, path: str) -> None:
    await here.queue(kind="error_after_commit", cut=True)
    body = {"data": {"name": "a"} | ({"source_url": f"{here.source_url}/x/1"} if "files" in path else {})}
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await here.client.post(f"{here.root}/{path}", json=body)
    children = (await here.client.get(f"{here.root}/children")).json()["data"]
    assert [child["name"] for child in children] == ["a"]
    assert [call.status for call in here.frameio.journal.calls] == [0, 200]


async def test_an_answer_can_be_late_when_the_work_is_done(here: Studio) -> None:
    await here.queue(kind="delay_answer", route="remote_upload", delay_s=60)
    with pytest.raises(httpx.ReadTimeout):
        await here.client.post(
            f"{here.root}/files/remote_upload",
            json={"data": {"name": "a.mov", "source_url": f"{here.source_url}/x/1"}},
            timeout=0.2,
        )
    assert await here.listed() == ["a.mov"]


@pytest.mark.parametrize("failed", [True, False])
async def test_a_source_may_never_be_asked(here: Studio, source: Source, clock: HandClock, failed: bool) -> None:
    await here.queue(kind="never_fetch", upload_failed=failed)
    file = await here.upload()
    clock.advance(10_000)
    status = (await here.client.get(f"{here.account}/files/{file.id}/status")).json()["data"]
    assert (status["upload_complete"], status["upload_failed"]) == (False, failed)
    assert source.seen == []


async def test_a_fetch_can_be_late(here: Studio, source: Source) -> None:
    await here.queue(kind="delay_fetch", delay_s=0.1)
    before = asyncio.get_running_loop().time()
    await here.upload()
    assert asyncio.get_running_loop().time() - before >= 0.1
    assert len(source.seen) == 1


async def test_a_fetch_can_be_slow(here: Studio) -> None:
    await here.queue(kind="slow_fetch", bytes_per_s=len(MOVIE) * 5)
    before = asyncio.get_running_loop().time()
    file = await here.upload()
    assert asyncio.get_running_loop().time() - before >= 0.2
    assert file.size == len(MOVIE)


async def test_a_fetch_that_is_reset_begins_again_and_succeeds(here: Studio, source: Source) -> None:
    await here.queue(kind="reset_fetch", after_bytes=5000)
    file = await here.upload()
    assert (file.sha256, file.upload_failed) == (hashlib.sha256(MOVIE).hexdigest(), False)
    assert [asked.received_bytes for asked in file.source_requests] == [5000, len(MOVIE)]
    assert len(source.seen) == 2


async def test_a_fetch_can_be_truncated(here: Studio) -> None:
    await here.queue(kind="truncate_fetch", after_bytes=5000)
    file = await here.upload()
    assert (file.upload_failed, file.source_requests[0].received_bytes) == (True, 5000)


async def test_a_page_in_front_of_the_source_becomes_the_file(here: Studio, source: Source) -> None:
    await here.queue(kind="error_page")
    file = await here.upload()
    status = (await here.client.get(f"{here.account}/files/{file.id}/status")).json()["data"]
    assert (file.size, file.media_type, file.kept) == (16, "text/plain", b"error code: 1015")
    assert status["upload_complete"]
    assert source.seen == []


async def test_a_new_file_can_be_unknown_for_a_while(here: Studio, clock: HandClock) -> None:
    await here.queue(kind="not_found_for_s", seconds=30)
    file = await here.upload()
    paths = [f"{here.account}/files/{file.id}", f"{here.account}/files/{file.id}/status"]
    assert [(await here.client.get(path)).status_code for path in paths] == [404, 404]
    assert await here.listed() == ["a.mov"]
    clock.advance(30)
    assert [(await here.client.get(path)).status_code for path in paths] == [200, 200]


async def test_a_new_file_can_be_missing_from_lists_for_a_while(here: Studio, clock: HandClock) -> None:
    await here.queue(kind="unlisted_for_s", seconds=30)
    file = await here.upload()
    assert await here.listed() == []
    assert (await here.client.get(f"{here.account}/files/{file.id}")).status_code == 200
    clock.advance(30)
    assert await here.listed() == ["a.mov"]
