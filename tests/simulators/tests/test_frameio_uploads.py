"""Edge: remote_upload of the simulated Frame.io: it truly fetches, and what comes is what it keeps."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from simulators.frameio import FrameioSimulator, Settings
from simulators.frameio.assets import File
from simulators.instants import HandClock
from simulators.serving import running
from simulators.source import Source

MOVIE = bytes(range(256)) * 1000


class Studio:
    """A simulator, a client of it and a source, together."""

    def __init__(self, frameio: FrameioSimulator, client: httpx.AsyncClient, source_url: str, clock: HandClock) -> None:
        self.frameio = frameio
        self.client = client
        self.source_url = source_url
        self.clock = clock
        account = f"/v4/accounts/{frameio.store.account_id}"
        root = next(iter(frameio.store.projects.values())).root_folder_id
        self.account = account
        self.listing = f"{account}/folders/{root}/files"

    async def post(self, name: str = "a.mov", url: str | None = None) -> httpx.Response:
        body = {"data": {"name": name, "source_url": url or f"{self.source_url}/x/1"}}
        return await self.client.post(f"{self.listing}/remote_upload", json=body)

    async def upload(self, name: str = "a.mov", url: str | None = None) -> File:
        """Post, and wait until the fetch has ended, well or not."""
        answer = await self.post(name, url)
        assert answer.status_code == 202, answer.text
        await self.frameio.fetched()
        return self.frameio.store.files[answer.json()["data"]["id"]]

    async def data(self, path: str) -> dict[str, Any]:
        data = (await self.client.get(f"{self.account}/{path}")).json()["data"]
        assert isinstance(data, dict)
        return data


@asynccontextmanager
async def studio(source: Source, **settings: Any) -> AsyncIterator[Studio]:
    clock = HandClock()
    plain = {"allow_http_source": True, "fetch_delay_s": 0.0, "transcoded_after_s": 10.0, "limit_scale": 100.0}
    frameio = FrameioSimulator(Settings(**(plain | settings)), clock=clock)
    headers = {"authorization": "Bearer simulated-token"}
    transport = httpx.ASGITransport(frameio.app)
    async with AsyncExitStack() as stack:
        source_url = await stack.enter_async_context(running(source.app))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://frameio", headers=headers)
        )
        stack.push_async_callback(frameio.aclose)
        yield Studio(frameio, client, source_url, clock)


async def test_stores_exactly_what_the_source_sends() -> None:
    source = Source(MOVIE)
    async with studio(source) as here:
        file = await here.upload()
    assert source.seen == [("GET", None)]
    assert (file.size, file.sha256) == (len(MOVIE), hashlib.sha256(MOVIE).hexdigest())
    assert (file.media_type, file.kept) == ("video/quicktime", MOVIE)
    (asked,) = file.source_requests
    assert (asked.status, asked.content_length, asked.received_bytes, asked.error) == (
        200,
        len(MOVIE),
        len(MOVIE),
        None,
    )


async def test_a_file_is_created_then_uploaded_then_transcoded() -> None:
    async with studio(Source(MOVIE), uploaded_after_s=5.0, transcoded_after_s=20.0) as here:
        file = await here.upload()
        for passed_s, status, complete in [(0, "created", False), (5, "uploaded", True), (20, "transcoded", True)]:
            here.clock.advance(passed_s)
            seen = await here.data(f"files/{file.id}")
            upload = await here.data(f"files/{file.id}/status")
            (listed,) = (await here.client.get(here.listing)).json()["data"]
            assert (seen["status"], listed["status"], upload["upload_complete"]) == (status, status, complete)
            assert upload["upload_failed"] is False
        assert upload["filetype"] == "video/quicktime"
        assert upload["uploaded_at"] == seen["created_at"]
        assert upload["upload_completed_at"] > upload["uploaded_at"]
        assert seen["updated_at"] > upload["upload_completed_at"]


async def test_answers_before_it_fetches() -> None:
    source = Source(MOVIE, open_gate=asyncio.Event())
    async with studio(source) as here:
        answer = await here.post()
        assert answer.json()["data"]["status"] == "created"
        file_id = answer.json()["data"]["id"]
        assert (await here.data(f"files/{file_id}"))["file_size"] == 0
        assert source.open_gate is not None
        source.open_gate.set()
        await here.frameio.fetched()
        assert (await here.data(f"files/{file_id}"))["file_size"] == len(MOVIE)


async def test_the_media_type_is_that_of_the_answer_not_of_the_name() -> None:
    async with studio(Source(MOVIE, content_type="application/mxf; charset=utf-8")) as here:
        assert (await here.upload("a.mov")).media_type == "application/mxf"


async def test_a_source_that_says_no_type_makes_a_stream_of_bytes() -> None:
    async with studio(Source(MOVIE, content_type=None)) as here:
        assert (await here.upload()).media_type == "application/octet-stream"


@pytest.mark.parametrize("status", [302, 403, 404, 502])
async def test_an_error_page_is_stored_as_if_it_were_the_file(status: int) -> None:
    async with studio(Source(b"error code: 1015", content_type="text/plain", status=status)) as here:
        file = await here.upload()
        here.clock.advance(10)
        seen = await here.data(f"files/{file.id}")
    assert (seen["file_size"], seen["media_type"], seen["status"]) == (16, "text/plain", "transcoded")


async def test_an_error_page_can_be_a_failed_upload_instead() -> None:
    async with studio(Source(b"no", status=404), error_answer="fail") as here:
        file = await here.upload()
        upload = await here.data(f"files/{file.id}/status")
        assert (await here.data(f"files/{file.id}"))["status"] == "created"
    assert (upload["upload_failed"], upload["upload_complete"]) == (True, False)


async def test_a_source_that_cannot_be_reached_is_a_failed_upload() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    async with studio(Source()) as here:
        file = await here.upload(url=f"http://127.0.0.1:{port}/x/1")
        here.clock.advance(100)
        upload = await here.data(f"files/{file.id}/status")
        assert (await here.data(f"files/{file.id}"))["status"] == "created"
    assert (upload["upload_failed"], upload["upload_complete"], upload["upload_completed_at"]) == (True, False, None)


async def test_a_transfer_cut_short_is_a_failed_upload() -> None:
    async with studio(Source(MOVIE, send_bytes=1000)) as here:
        file = await here.upload()
        assert (await here.data(f"files/{file.id}/status"))["upload_failed"] is True
    assert (file.status(here.clock()), file.sha256) == ("created", None)
    assert file.source_requests[0].error is not None


async def test_a_transfer_cut_short_can_be_taken_for_complete() -> None:
    async with studio(Source(MOVIE, send_bytes=1000), truncated="store") as here:
        file = await here.upload()
    assert (file.status(here.clock()), file.size, file.media_type) == ("uploaded", 1000, "video/quicktime")


async def test_more_than_the_cap_is_not_fetched() -> None:
    async with studio(Source(b"", announced_bytes=50_000_000_001)) as here:
        file = await here.upload()
    assert file.upload_failed
    assert file.source_requests[0].received_bytes == 0


async def test_the_cap_itself_is_fetched() -> None:
    async with studio(Source(MOVIE), max_upload_bytes=len(MOVIE)) as here:
        assert not (await here.upload()).upload_failed


@pytest.mark.parametrize("size", [1, 4096, 4097, len(MOVIE)])
@pytest.mark.parametrize("at_once", [1, 4])
async def test_ranges_make_the_same_file_as_one_get(size: int, at_once: int) -> None:
    source = Source(MOVIE[:size])
    async with studio(source, part_bytes=4096, parts_at_once=at_once) as here:
        file = await here.upload()
    assert file.sha256 == hashlib.sha256(MOVIE[:size]).hexdigest()
    assert len(source.seen) == -(-size // 4096)
    assert source.seen[0] == ("GET", "bytes=0-4095")


async def test_a_source_without_ranges_sends_everything_at_once() -> None:
    source = Source(MOVIE, answers_ranges=False)
    async with studio(source, part_bytes=4096) as here:
        assert (await here.upload()).sha256 == hashlib.sha256(MOVIE).hexdigest()
    assert len(source.seen) == 1


async def test_may_ask_by_head_first() -> None:
    source = Source(MOVIE)
    async with studio(source, head_first=True) as here:
        assert (await here.upload()).size == len(MOVIE)
    assert [method for method, _ in source.seen] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("settings", "size", "media_type"),
    [
        pytest.param({"early_size": True}, len(MOVIE), None, id="size"),
        pytest.param({"early_media_type": True}, 0, "video/quicktime", id="media-type"),
        pytest.param({"early_size": True, "early_media_type": True}, len(MOVIE), "video/quicktime", id="both"),
    ],
)
async def test_the_202_may_know_more(settings: dict[str, bool], size: int, media_type: str | None) -> None:
    async with studio(Source(MOVIE), **settings) as here:
        data = (await here.post()).json()["data"]
        await here.frameio.fetched()
    assert (data["file_size"], data["media_type"], data["status"]) == (size, media_type, "created")


async def test_few_bytes_are_kept_and_many_only_counted() -> None:
    async with studio(Source(MOVIE), keep_bytes=len(MOVIE) - 1) as here:
        file = await here.upload()
    assert (file.kept, file.size, file.sha256) == (None, len(MOVIE), hashlib.sha256(MOVIE).hexdigest())


async def test_what_is_kept_is_bounded_altogether() -> None:
    async with studio(Source(MOVIE), keep_total_bytes=2 * len(MOVIE)) as here:
        files = [await here.upload(f"{number}.mov") for number in range(3)]
    assert [file.kept is not None for file in files] == [True, True, False]


async def test_the_same_name_twice_makes_two_files() -> None:
    async with studio(Source(MOVIE)) as here:
        first, second = await here.upload(), await here.upload()
        assert len((await here.client.get(here.listing)).json()["data"]) == 2
    assert first.id != second.id


async def test_a_deleted_file_is_gone_and_remembered() -> None:
    async with studio(Source(MOVIE)) as here:
        file = await here.upload()
        path = f"{here.account}/files/{file.id}"
        answers = [await here.client.delete(path), await here.client.delete(path), await here.client.get(path)]
        listed = (await here.client.get(here.listing)).json()["data"]
        state = (await here.client.get("/_sim/state")).json()["files"]
    assert [answer.status_code for answer in answers] == [204, 404, 404]
    assert answers[0].content == b""
    assert listed == []
    assert [(one["name"], one["deleted"]) for one in state] == [("a.mov", True)]


async def test_fetches_a_hundred_files_at_once() -> None:
    async with studio(Source(MOVIE), transcoded_after_s=0.0) as here:
        answers = await asyncio.gather(*(here.post(f"{number:03}.mov") for number in range(100)))
        await here.frameio.fetched()
        listed = (await here.client.get(here.listing, params={"page_size": 500})).json()["data"]
    assert {answer.status_code for answer in answers} == {202}
    assert {(file["status"], file["file_size"]) for file in listed} == {("transcoded", len(MOVIE))}
    assert len(listed) == 100


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/x", "http://127.0.0.1:1/x"])
async def test_any_http_address_is_taken_where_it_is_allowed(url: str) -> None:
    async with studio(Source()) as here:
        assert (await here.post(url=url)).status_code == 202
