"""Edge: what can be made to go wrong at the simulated Frame.io, and what it tells of itself under /_sim."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from simulators.frameio import FrameioSimulator, Settings, faults
from simulators.frameio.assets import File
from simulators.instants import HandClock
from simulators.serving import running
from simulators.source import Source

MOVIE = bytes(range(256)) * 1000
HEADERS = {"authorization": "Bearer simulated-token"}


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


class Studio:
    """The simulator behind a real socket, so that a cut connection is one."""

    def __init__(self, frameio: FrameioSimulator, client: httpx.AsyncClient, source_url: str) -> None:
        self.frameio = frameio
        self.client = client
        self.source_url = source_url
        self.account = f"/v4/accounts/{frameio.store.account_id}"
        self.root = f"{self.account}/folders/{next(iter(frameio.store.projects.values())).root_folder_id}"

    async def queue(self, **fault: Any) -> None:
        answer = await self.client.post("/_sim/faults", json={"faults": [fault]})
        assert answer.json() == {"queued": 1}

    async def post(self, name: str = "a.mov") -> httpx.Response:
        body = {"data": {"name": name, "source_url": f"{self.source_url}/x/1"}}
        return await self.client.post(f"{self.root}/files/remote_upload", json=body)

    async def upload(self, name: str = "a.mov") -> File:
        answer = await self.post(name)
        assert answer.status_code == 202, answer.text
        await self.frameio.fetched()
        return self.frameio.store.files[answer.json()["data"]["id"]]

    async def listed(self) -> list[str]:
        return [file["name"] for file in (await self.client.get(f"{self.root}/files")).json()["data"]]


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


async def test_faults_can_be_queued_in_process_seen_and_cleared(here: Studio) -> None:
    here.frameio.faults.queue(faults.Status(status=500, times=3), faults.NeverFetch())
    await here.client.get("/v4/me")
    waiting = (await here.client.get("/_sim/faults")).json()["faults"]
    assert [(fault["kind"], fault["times"]) for fault in waiting] == [("status", 2), ("never_fetch", 1)]
    await here.client.delete("/_sim/faults")
    assert (await here.client.get("/v4/me")).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "explode"}, id="kind"),
        pytest.param({"kind": "status"}, id="no-status"),
        pytest.param({"kind": "status", "status": 500, "rout": "me"}, id="misspelt"),
        pytest.param({"kind": "status", "status": 500, "route": "upload"}, id="route"),
        pytest.param({"kind": "status", "status": 500, "times": 0}, id="never"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(here: Studio, fault: dict[str, Any]) -> None:
    answer = await here.client.post("/_sim/faults", json={"faults": [fault]})
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_the_state_tells_what_is_there(here: Studio) -> None:
    wip = (await here.client.post(f"{here.root}/folders", json={"data": {"name": "WIP"}})).json()["data"]
    scene = await here.client.post(f"{here.account}/folders/{wip['id']}/folders", json={"data": {"name": "SC01"}})
    body = {"data": {"name": "a.mov", "source_url": f"{here.source_url}/x/1"}}
    path = f"{here.account}/folders/{scene.json()['data']['id']}/files/remote_upload"
    await here.client.post(path, json=body)
    await here.frameio.fetched()
    state = (await here.client.get("/_sim/state")).json()
    (file,) = state["files"]
    assert state["account_id"] == here.frameio.store.account_id
    assert [project["name"] for project in state["projects"]] == ["UNDLM"]
    assert [folder["path"] for folder in state["folders"]] == ["WIP", "WIP/SC01"]
    assert (state["fetches_under_way"], state["violations"]) == (0, 0)
    assert (file["folder"], file["name"], file["project"]) == ("WIP/SC01", "a.mov", "UNDLM")
    assert (file["size"], file["sha256"]) == (len(MOVIE), hashlib.sha256(MOVIE).hexdigest())
    assert (file["media_type"], file["status"], file["deleted"]) == ("video/quicktime", "transcoded", False)
    assert (file["creator"], file["comments"]) == ("PostFlow technical user", [])
    assert file["source_url"] == f"{here.source_url}/x/1"
    assert [(asked["method"], asked["status"]) for asked in file["source_requests"]] == [("GET", 200)]


async def test_the_bytes_of_a_file_can_be_asked_for(here: Studio) -> None:
    file = await here.upload()
    facts = (await here.client.get(f"/_sim/files/{file.id}/hash")).json()
    content = await here.client.get(f"/_sim/files/{file.id}/bytes")
    assert facts == {"size": len(MOVIE), "sha256": file.sha256, "media_type": "video/quicktime", "kept": True}
    assert (content.content, content.headers["content-type"]) == (MOVIE, "video/quicktime")
    assert (await here.client.get("/_sim/files/none/hash")).status_code == 404


async def test_the_calls_are_counted_and_violations_named(here: Studio) -> None:
    await here.client.get("/v4/me")
    await here.client.get("/v4/me", params={"foo": "1"})
    await here.queue(kind="status", status=500)
    await here.client.get("/v4/me")
    calls = (await here.client.get("/_sim/calls")).json()
    assert (calls["total"], calls["violations"]) == (3, 1)
    assert calls["routes"] == {"me": {"calls": 3, "statuses": {"200": 1, "422": 1, "500": 1}}}
    assert [(call["path"], call["status"], call["injected"]) for call in calls["log"]] == [
        ("/v4/me", 200, False),
        ("/v4/me", 422, False),
        ("/v4/me", 500, True),
    ]
    (violation,) = calls["refused"]
    assert (violation["kind"], violation["route"]) == ("malformed", "me")
    assert "Unexpected field: foo" in violation["detail"]


async def test_admin_calls_count_against_nothing(here: Studio) -> None:
    for _ in range(5):
        assert (await here.client.get("/_sim/state", headers={"authorization": ""})).status_code == 200
    assert (await here.client.get("/_sim/calls")).json()["total"] == 0


async def test_a_reset_forgets_everything_but_the_projects(here: Studio) -> None:
    await here.queue(kind="status", status=500, times=9)
    await here.post()
    here.frameio.faults.clear()
    await here.client.post(f"{here.root}/folders", json={"data": {"name": "WIP"}})
    await here.post()
    await here.client.post("/_sim/reset")
    state = (await here.client.get("/_sim/state")).json()
    assert (state["files"], state["folders"], state["fetches_under_way"]) == ([], [], 0)
    assert (await here.client.get("/_sim/calls")).json()["total"] == 0
    assert (await here.upload()).size == len(MOVIE)


async def test_a_comment_of_a_person_can_be_listed(here: Studio) -> None:
    file = await here.upload()
    path = f"{here.account}/files/{file.id}/comments"
    assert (await here.client.get(path)).json() == {"data": [], "links": {"next": None}}
    assert (await here.client.post(f"/_sim/files/{file.id}/comments", json={"text": "Too dark"})).status_code == 201
    await here.client.post(f"/_sim/files/{file.id}/comments")
    listed = (await here.client.get(path, params={"include": "owner,replies", "page_size": 1})).json()
    (comment,) = listed["data"]
    assert (comment["text"], comment["file_id"], comment["replies"]) == ("Too dark", file.id, [])
    assert comment["owner"]["id"] != here.frameio.store.user.id
    assert (await here.client.get(listed["links"]["next"])).json()["data"][0]["text"] == "Looks good"
    assert (await here.client.get("/_sim/state")).json()["files"][0]["comments"] == ["Too dark", "Looks good"]


async def test_somebody_else_can_put_a_file_there(here: Studio) -> None:
    root = next(iter(here.frameio.store.projects.values())).root_folder_id
    for by_us in (False, True):
        body = {"folder_id": root, "name": "a.mov", "size": 7, "by_technical_user": by_us}
        assert (await here.client.post("/_sim/files", json=body)).status_code == 201
    listed = (await here.client.get(f"{here.root}/files", params={"include": "creator"})).json()["data"]
    creators = [file["creator"]["id"] == here.frameio.store.user.id for file in listed]
    assert (creators, {file["status"] for file in listed}) == ([False, True], {"transcoded"})
    assert (await here.client.post("/_sim/files", json={"folder_id": "x", "name": "a"})).status_code == 404


async def test_somebody_can_delete_a_folder_with_all_that_is_in_it(here: Studio) -> None:
    wip = (await here.client.post(f"{here.root}/folders", json={"data": {"name": "WIP"}})).json()["data"]["id"]
    inner = f"{here.account}/folders/{wip}"
    await here.client.post(f"{inner}/folders", json={"data": {"name": "SC01"}})
    body = {"data": {"name": "a.mov", "source_url": f"{here.source_url}/x/1"}}
    await here.client.post(f"{inner}/files/remote_upload", json=body)
    assert (await here.client.delete(f"/_sim/folders/{wip}")).status_code == 204
    state = (await here.client.get("/_sim/state")).json()
    assert state["folders"] == []
    assert [file["deleted"] for file in state["files"]] == [True]
    assert (await here.client.get(inner)).status_code == 404
    assert (await here.client.get(f"{here.root}/folders")).json()["data"] == []


async def test_settings_can_be_changed_while_it_runs(here: Studio, source: Source) -> None:
    answer = await here.client.post("/_sim/settings", json={"head_first": True, "view_base": "http://there"})
    assert answer.json()["head_first"] is True
    assert "tokens" not in answer.json()
    assert (await here.post()).json()["data"]["view_url"].startswith("http://there/project/")
    await here.frameio.fetched()
    assert [method for method, _ in source.seen] == ["HEAD", "GET"]


@pytest.mark.parametrize("changes", [{"head_frist": True}, {"fetch_delay_s": -1}, {"projects": ["other"]}])
async def test_settings_that_make_no_sense_are_refused(here: Studio, changes: dict[str, Any]) -> None:
    assert (await here.client.post("/_sim/settings", json=changes)).status_code == 422
    assert (await here.client.get("/v4/me")).status_code == 200


async def test_ends_its_fetches_when_it_stops(source: Source) -> None:
    source.open_gate = asyncio.Event()
    frameio = FrameioSimulator(Settings(allow_http_source=True, fetch_delay_s=0.0))
    async with running(source.app) as source_url:
        async with running(frameio.app) as base_url, httpx.AsyncClient(base_url=base_url, headers=HEADERS) as client:
            await Studio(frameio, client, source_url).post()
            assert (await client.get("/_sim/state")).json()["fetches_under_way"] == 1
        await asyncio.wait_for(frameio.fetched(), 1)
        source.open_gate.set()
