"""Edge: what the simulated Frame.io tells of itself under /_sim, and what can be done to it there."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from simulators.frameio import FrameioSimulator, Settings, faults
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
