"""Edge: the rarer troubles of the simulated Frame.io: lists of the past, stalls, a full account, people."""

import asyncio
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


class Here:
    """The simulator behind a real socket, a source, and a client."""

    def __init__(self, frameio: FrameioSimulator, clock: HandClock, http: httpx.AsyncClient, source_url: str) -> None:
        self.frameio = frameio
        self.clock = clock
        self.http = http
        self.source_url = source_url
        self.account = f"/v4/accounts/{frameio.store.account_id}"
        self.root_id = next(iter(frameio.store.projects.values())).root_folder_id
        self.root = f"{self.account}/folders/{self.root_id}"

    async def queue(self, kind: str, **fault: Any) -> None:
        answer = await self.http.post("/_sim/faults", json={"faults": [{"kind": kind, **fault}]})
        assert answer.json() == {"queued": 1}

    async def change(self, **settings: Any) -> None:
        (await self.http.post("/_sim/settings", json=settings)).raise_for_status()

    async def post(self, name: str = "a.mov") -> httpx.Response:
        body = {"data": {"name": name, "source_url": f"{self.source_url}/x/1"}}
        return await self.http.post(f"{self.root}/files/remote_upload", json=body)

    async def upload(self, name: str = "a.mov") -> File:
        answer = await self.post(name)
        assert answer.status_code == 202, answer.text
        await self.frameio.fetched()
        return self.frameio.store.files[answer.json()["data"]["id"]]

    async def listed(self, what: str = "files") -> list[dict[str, Any]]:
        return list((await self.http.get(f"{self.root}/{what}")).json()["data"])


@asynccontextmanager
async def studio(source: Source, **settings: Any) -> AsyncIterator[Here]:
    clock = HandClock()
    plain = {"allow_http_source": True, "fetch_delay_s": 0.0, "transcoded_after_s": 0.0, "limit_scale": 100.0}
    frameio = FrameioSimulator(Settings(**(plain | settings)), clock=clock)
    async with AsyncExitStack() as stack:
        source_url = await stack.enter_async_context(running(source.app))
        base_url = await stack.enter_async_context(running(frameio.app))
        headers = {"authorization": "Bearer simulated-token"}
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=base_url, headers=headers))
        yield Here(frameio, clock, http, source_url)
        assert frameio.journal.violations == 0


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    async with studio(Source(MOVIE)) as here:
        yield here


async def test_a_list_that_lags_shows_what_was(here: Here) -> None:
    await here.change(listing_lag_s=30, transcoded_after_s=20)
    file = await here.upload()
    assert await here.listed() == []
    here.clock.advance(30)
    (shown,) = await here.listed()
    assert (shown["status"], shown["file_size"]) == ("uploaded", len(MOVIE))
    assert (await here.http.get(f"{here.account}/files/{file.id}")).json()["data"]["status"] == "transcoded"
    assert (await here.http.delete(f"{here.account}/files/{file.id}")).status_code == 204
    assert [one["id"] for one in await here.listed()] == [file.id]
    here.clock.advance(30)
    assert await here.listed() == []


async def test_a_list_that_lags_shows_a_file_before_its_bytes(here: Here) -> None:
    await here.change(listing_lag_s=5)
    await here.queue("delay_fetch", delay_s=0.2)
    await here.post()
    here.clock.advance(3)
    await here.frameio.fetched()
    here.clock.advance(3)
    (shown,) = await here.listed()
    assert (shown["status"], shown["file_size"], shown["media_type"]) == ("created", 0, None)


async def test_a_folder_too_may_be_unknown_at_first(here: Here) -> None:
    await here.queue("not_found_for_s", route="create_folder", seconds=5)
    await here.queue("unlisted_for_s", route="create_folder", seconds=10)
    created = (await here.http.post(f"{here.root}/folders", json={"data": {"name": "WIP"}})).json()["data"]
    seen = []
    for _ in range(3):
        found = await here.http.get(f"{here.account}/folders/{created['id']}/files")
        seen.append((found.status_code, len(await here.listed("folders"))))
        here.clock.advance(5)
    assert seen == [(404, 0), (200, 0), (200, 1)]


async def test_every_new_file_may_be_unknown_at_first(here: Here) -> None:
    await here.change(not_found_for_s=5)
    file = await here.upload()
    assert (await here.http.get(f"{here.account}/files/{file.id}/status")).status_code == 404
    assert len(await here.listed()) == 1
    here.clock.advance(5)
    assert (await here.http.get(f"{here.account}/files/{file.id}/status")).status_code == 200


async def test_a_connection_can_go_before_anything_was_done(here: Here) -> None:
    await here.queue("reset", route="remote_upload")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await here.post()
    assert await here.listed() == []


async def test_a_connection_can_go_in_the_middle_of_an_answer(here: Here) -> None:
    await here.queue("cut_answer", route="remote_upload")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await here.post()
    assert len(await here.listed()) == 1


@pytest.mark.parametrize(("status", "body"), [(200, "<html>"), (202, ""), (204, "")])
async def test_what_was_done_can_be_answered_by_nonsense(here: Here, status: int, body: str) -> None:
    await here.queue("nonsense", route="remote_upload", status=status, body=body)
    answer = await here.post()
    assert (answer.status_code, answer.text) == (status, body)
    assert len(await here.listed()) == 1


async def test_an_error_can_be_empty(here: Here) -> None:
    await here.queue("status", status=503, empty=True, retry_after_s=30)
    answer = await here.http.get("/v4/me")
    assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (503, b"", "30")


async def test_a_fault_can_be_meant_for_what_is_done_to_one_file(here: Here) -> None:
    ids = {name: (await here.upload(name)).id for name in ("a.mov", "b.mov")}
    await here.queue("status", route="delete_file", name="b.mov", status=500)
    statuses = [(await here.http.delete(f"{here.account}/files/{ids[name]}")).status_code for name in ids]
    assert statuses == [204, 500]


async def test_a_fetch_can_stall_and_go_on(here: Here) -> None:
    await here.queue("stall_fetch", after_bytes=1000, for_s=0.2)
    before = asyncio.get_running_loop().time()
    assert (await here.upload()).size == len(MOVIE)
    assert asyncio.get_running_loop().time() - before >= 0.2


async def test_a_fetch_can_stall_for_good() -> None:
    async with studio(Source(bytes(64 * 2**20))) as here:
        await here.queue("stall_fetch", after_bytes=1000)
        file = here.frameio.store.files[(await here.post()).json()["data"]["id"]]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(here.frameio.fetched(), 0.5)
        (asked,) = file.source_requests
        assert 1000 <= asked.received_bytes < 2**20
        assert (file.status(here.clock()), file.size) == ("created", 0)


@pytest.mark.parametrize(("store", "size", "failed"), [(True, 1000, False), (False, 0, True)])
async def test_a_short_transfer_is_kept_or_not_as_its_fault_says(
    here: Here, store: bool, size: int, failed: bool
) -> None:
    await here.change(truncated="fail" if store else "store")
    await here.queue("truncate_fetch", after_bytes=1000, store=store)
    file = await here.upload()
    assert (file.size, file.upload_failed) == (size, failed)


async def test_an_error_page_can_fail_one_file_only(here: Here) -> None:
    await here.queue("error_page", store=False)
    files = [await here.upload(), await here.upload()]
    assert [(file.upload_failed, file.size) for file in files] == [(True, 0), (False, len(MOVIE))]


async def test_one_file_can_take_long_to_be_processed(here: Here) -> None:
    await here.queue("slow_processing", uploaded_after_s=10, transcoded_after_s=20)
    file = await here.upload()
    seen = []
    for _ in range(3):
        seen.append(file.status(here.clock()))
        here.clock.advance(15)
    assert seen == ["created", "uploaded", "transcoded"]


@pytest.mark.parametrize("over_limit", ["402", "403"])
async def test_an_account_that_is_full_takes_no_more(here: Here, over_limit: str) -> None:
    await here.change(storage_limit=len(MOVIE), over_limit=over_limit)
    file = await here.upload()
    answer = await here.post("b.mov")
    assert str(answer.status_code) == over_limit
    assert set(answer.json()) == {"errors"}
    (account,) = (await here.http.get("/v4/accounts")).json()["data"]
    assert (account["storage_limit"], account["storage_usage"]) == (len(MOVIE), len(MOVIE))
    await here.http.delete(f"{here.account}/files/{file.id}")
    assert (await here.post("b.mov")).status_code == 202


async def test_an_account_that_is_full_may_say_so_by_a_failed_upload(here: Here) -> None:
    await here.change(storage_limit=0, over_limit="fail")
    file = await here.upload()
    status = (await here.http.get(f"{here.account}/files/{file.id}/status")).json()["data"]
    assert (status["upload_failed"], status["upload_complete"], file.source_requests) == (True, False, [])


async def test_a_fixed_token_can_be_revoked_and_that_is_nobodys_fault(here: Here) -> None:
    await here.change(tokens=["another"])
    assert (await here.http.get("/v4/me")).status_code == 401
    assert (await here.http.get("/v4/me", headers={"authorization": "Bearer another"})).status_code == 200
    assert here.frameio.journal.violations == 0
    assert (await here.http.get("/v4/me", headers={"authorization": "Bearer a guess"})).status_code == 401
    assert here.frameio.journal.violations == 1
    here.frameio.journal.clear()


async def test_a_call_can_come_about_twice(here: Here) -> None:
    await here.queue("twice", route="remote_upload")
    file = await here.upload()
    listed = await here.listed()
    assert [one["name"] for one in listed] == ["a.mov", "a.mov"]
    assert file.id in [one["id"] for one in listed]
    assert {one["file_size"] for one in listed} == {len(MOVIE)}


async def test_a_person_can_rename_move_and_delete_a_file(here: Here) -> None:
    file = await here.upload()
    folder = (await here.http.post(f"{here.root}/folders", json={"data": {"name": "WIP"}})).json()["data"]
    assert (await here.http.patch(f"/_sim/files/{file.id}", json={"name": "b.mov"})).json()["name"] == "b.mov"
    moved = await here.http.patch(f"/_sim/files/{file.id}", json={"folder_id": folder["id"]})
    assert (moved.json()["folder"], await here.listed()) == ("WIP", [])
    assert (await here.http.delete(f"/_sim/files/{file.id}")).status_code == 204
    for gone in (
        await here.http.delete(f"/_sim/files/{file.id}"),
        await here.http.patch(f"/_sim/files/{file.id}", json={}),
        await here.http.get(f"{here.account}/files/{file.id}"),
    ):
        assert gone.status_code == 404


async def test_a_change_that_makes_no_sense_is_refused(here: Here) -> None:
    file = await here.upload()
    assert (await here.http.patch(f"/_sim/files/{file.id}", json={"size": 1})).status_code == 422
    assert (await here.http.patch(f"/_sim/files/{file.id}", json={"folder_id": "x"})).status_code == 404
