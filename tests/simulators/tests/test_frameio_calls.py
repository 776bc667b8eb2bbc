"""Edge: what holds for every call of the simulated Frame.io: bearer, closed schemas, ids, shapes."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.frameio import FrameioSimulator, Settings
from simulators.frameio.routes import OPERATIONS
from simulators.instants import HandClock
from tests.simulated_frameio import Paths, every_call


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILE_KEYS = words(
    "id type name status file_size media_type parent_id project_id created_at updated_at view_url "
    "adobe_id adobe_version_id"
)
FOLDER_KEYS = words(
    "id name type parent_id project_id view_url adobe_id cover_file_id restricted created_at updated_at"
)
PROJECT_KEYS = words("id name root_folder_id workspace_id status restricted view_url storage")
ACCOUNT_KEYS = words("id display_name roles storage_limit storage_usage adobe_id image")
STATUS_KEYS = words("id filetype upload_complete upload_failed uploaded_at upload_completed_at")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def frameio(clock: HandClock) -> FrameioSimulator:
    return FrameioSimulator(Settings(projects=("UNDLM", "Other")), clock=clock)


@pytest.fixture
async def client(frameio: FrameioSimulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(frameio.app)
    headers = {"authorization": "Bearer simulated-token"}
    async with httpx.AsyncClient(transport=transport, base_url="http://frameio", headers=headers) as client:
        yield client
    await frameio.aclose()


@pytest.fixture
def paths(frameio: FrameioSimulator) -> Paths:
    return Paths(frameio)


def wanted(name: str = "a.mov", url: str = "https://media.example.net/x/1") -> dict[str, Any]:
    return {"data": {"name": name, "source_url": url}}


def error_of(answer: httpx.Response) -> dict[str, Any]:
    (error,) = answer.json()["errors"]
    assert isinstance(error, dict)
    return error


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"authorization": ""}, id="nothing"),
        pytest.param({"authorization": "Bearer wrong"}, id="a-wrong-token"),
        pytest.param({"authorization": "Basic simulated-token"}, id="no-bearer"),
    ],
)
async def test_nothing_is_answered_without_the_token(
    frameio: FrameioSimulator, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for method, path in every_call(frameio):
        answer = await client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"errors": [{"detail": "Unauthorized"}]})
    assert frameio.journal.violations == len(OPERATIONS)


async def test_an_unknown_query_parameter_is_refused_everywhere(
    frameio: FrameioSimulator, client: httpx.AsyncClient, paths: Paths
) -> None:
    file_id = (await client.post(paths.upload, json=wanted())).json()["data"]["id"]
    root, person = frameio.store.folders[paths.project.root_folder_id], frameio.store.person
    stacked = frameio.store.add_file(root, "c.mov", creator=person, now=0)
    stack = frameio.store.add_stack(root, [stacked], now=0)
    for operation in OPERATIONS:
        names = {
            "account_id": frameio.store.account_id,
            "workspace_id": frameio.store.workspace_id,
            "project_id": paths.project.id,
            "folder_id": paths.project.root_folder_id,
            "file_id": file_id,
            "version_stack_id": stack.id,
        }
        path = operation.path.format(**names)
        answer = await client.request(operation.method, path, params={"foo": "1"}, json=wanted("b"))
        assert (operation.name, answer.status_code) == (operation.name, 422)
        expected = {"title": "Invalid value", "detail": "Unexpected field: foo", "source": {"pointer": "/foo"}}
        assert error_of(answer) == expected
    assert len(frameio.store.files) == 2


@pytest.mark.parametrize(
    ("body", "detail", "pointer"),
    [
        pytest.param({"data": {"name": "a"}}, "Missing field: source_url", "/data/source_url", id="no-source"),
        pytest.param({}, "Missing field: data", "/data", id="no-data"),
        pytest.param(
            {"data": {"name": "a", "source_url": "https://a.b/", "file_size": 1}},
            "Unexpected field: file_size",
            "/data/file_size",
            id="a-size",
        ),
        pytest.param(wanted() | {"foo": 1}, "Unexpected field: foo", "/foo", id="beside-data"),
        pytest.param(wanted(""), "String length is smaller than minLength: 1", "/data/name", id="empty-name"),
        pytest.param(wanted("x" * 256), "String length is larger than maxLength: 255", "/data/name", id="long-name"),
        pytest.param(
            {"data": {"name": 7, "source_url": "https://a.b/"}}, "Invalid string. Got: int", "/data/name", id="number"
        ),
        pytest.param(
            wanted(url="http://a.b/c"),
            "Only https on port 443 is known to be fetched",
            "/data/source_url",
            id="http",
        ),
        pytest.param(
            wanted(url="https://a.b:8443/c"),
            "Only https on port 443 is known to be fetched",
            "/data/source_url",
            id="another-port",
        ),
        pytest.param(
            wanted(url="https://a.b/é.mov"),
            "Only ASCII without spaces is known to be fetched",
            "/data/source_url",
            id="not-ascii",
        ),
        pytest.param(wanted(url="/x/1"), "Not an absolute URL", "/data/source_url", id="relative"),
        pytest.param(wanted(url="https://[a"), "Not a URL", "/data/source_url", id="no-url"),
    ],
)
async def test_remote_upload_takes_nothing_but_a_name_and_a_source(
    frameio: FrameioSimulator,
    client: httpx.AsyncClient,
    paths: Paths,
    body: dict[str, Any],
    detail: str,
    pointer: str,
) -> None:
    answer = await client.post(paths.upload, json=body)
    assert answer.status_code == 422
    assert error_of(answer) == {"title": "Invalid value", "detail": detail, "source": {"pointer": pointer}}
    assert frameio.store.files == {}
    assert frameio.journal.violations == 1


async def test_a_name_of_255_characters_is_taken(client: httpx.AsyncClient, paths: Paths) -> None:
    assert (await client.post(paths.upload, json=wanted("é" * 255))).status_code == 202


async def test_a_folder_takes_nothing_but_a_name(client: httpx.AsyncClient, paths: Paths) -> None:
    answer = await client.post(f"{paths.root}/folders", json={"data": {"name": "a", "restricted": True}})
    assert (answer.status_code, error_of(answer)["source"]) == (422, {"pointer": "/data/restricted"})


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(b"{", "application/json", id="no-json"),
        pytest.param(b'{"data": {"name": "a"}}', "text/plain", id="another-type"),
        pytest.param(b"", "application/json", id="nothing"),
    ],
)
async def test_a_body_that_is_not_json_is_a_bad_request(
    frameio: FrameioSimulator, client: httpx.AsyncClient, paths: Paths, content: bytes, content_type: str
) -> None:
    answer = await client.post(f"{paths.root}/folders", content=content, headers={"content-type": content_type})
    assert answer.status_code == 400
    assert frameio.journal.violations == 1


async def test_an_id_that_is_no_uuid_is_refused(
    frameio: FrameioSimulator, client: httpx.AsyncClient, paths: Paths
) -> None:
    answer = await client.get(f"{paths.account}/files/42")
    assert (answer.status_code, error_of(answer)["source"]) == (422, {"pointer": "/file_id"})
    assert frameio.journal.violations == 1


async def test_an_id_that_nobody_has_is_not_found_and_no_violation(
    frameio: FrameioSimulator, client: httpx.AsyncClient, paths: Paths
) -> None:
    nobody = str(uuid.uuid4())
    for path in (
        f"/v4/accounts/{nobody}/workspaces",
        f"{paths.account}/workspaces/{nobody}/projects",
        f"{paths.account}/projects/{nobody}",
        f"{paths.account}/folders/{nobody}",
        f"{paths.account}/folders/{nobody}/files",
        f"{paths.account}/files/{nobody}",
        f"{paths.account}/files/{nobody}/status",
        f"{paths.account}/files/adobe:urn:aaid:sc:US:1",
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (404, {"errors": [{"detail": "Not found"}]})
    assert frameio.journal.violations == 0


async def test_a_file_is_no_folder_and_a_folder_no_file(
    frameio: FrameioSimulator, client: httpx.AsyncClient, paths: Paths
) -> None:
    file_id = (await client.post(paths.upload, json=wanted())).json()["data"]["id"]
    answer = await client.get(f"{paths.account}/folders/{file_id}/files")
    assert (answer.status_code, error_of(answer)["detail"]) == (422, "The entity is not a folder")
    answer = await client.get(f"{paths.account}/files/{paths.project.root_folder_id}")
    assert (answer.status_code, error_of(answer)["detail"]) == (422, "The entity is not a file")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v4/shares", 404), ("PUT", "/v4/me", 405), ("POST", "/v4/accounts", 405)],
)
async def test_an_endpoint_that_does_not_exist_is_a_violation(
    frameio: FrameioSimulator, client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert "No such endpoint" in error_of(answer)["detail"]
    assert [violation.kind for violation in frameio.journal.refused] == ["unknown_route"]


async def test_answers_have_all_documented_keys(client: httpx.AsyncClient, paths: Paths) -> None:
    made = (await client.post(f"{paths.root}/folders", json={"data": {"name": "WIP"}})).json()["data"]
    posted = (await client.post(paths.upload, json=wanted())).json()
    file_id = posted["data"]["id"]
    project = (await client.get(f"{paths.account}/projects/{paths.project.id}")).json()["data"]
    listed = (await client.get(f"{paths.account}/projects")).json()["data"][0]
    account = (await client.get("/v4/accounts")).json()["data"][0]
    workspace = (await client.get(f"{paths.account}/workspaces")).json()["data"][0]
    folder = (await client.get(f"{paths.account}/folders/{made['id']}")).json()["data"]
    file = (await client.get(f"{paths.account}/files/{file_id}")).json()["data"]
    status = (await client.get(f"{paths.account}/files/{file_id}/status")).json()["data"]
    me = (await client.get("/v4/me")).json()["data"]
    assert me.keys() == {"id", "email", "name", "avatar_url"}
    assert workspace.keys() >= {"id", "name", "account_id"}
    assert account.keys() >= ACCOUNT_KEYS
    assert project.keys() >= PROJECT_KEYS
    assert listed.keys() >= PROJECT_KEYS
    assert made.keys() == folder.keys() == FOLDER_KEYS
    assert posted["data"].keys() == file.keys() == FILE_KEYS
    assert status.keys() == STATUS_KEYS


async def test_a_202_has_the_documented_form(client: httpx.AsyncClient, paths: Paths, clock: HandClock) -> None:
    answer = await client.post(paths.upload, json=wanted("SH010_comp_v003.mov"))
    posted = answer.json()
    file = posted["data"]
    assert answer.status_code == 202
    assert posted["links"] == {"status": f"{paths.account}/files/{file['id']}/status"}
    assert file == {
        "id": str(uuid.UUID(file["id"])),
        "type": "file",
        "name": "SH010_comp_v003.mov",
        "status": "created",
        "file_size": 0,
        "media_type": None,
        "parent_id": paths.project.root_folder_id,
        "project_id": paths.project.id,
        "created_at": "2025-06-15T15:06:40.000000Z",
        "updated_at": "2025-06-15T15:06:40.000000Z",
        "view_url": f"https://next.frame.io/project/{paths.project.id}/view/{file['id']}",
        "adobe_id": None,
        "adobe_version_id": None,
    }


async def test_view_urls_can_lead_to_the_simulator_itself() -> None:
    frameio = FrameioSimulator(Settings(view_base="here"))
    paths = Paths(frameio)
    headers = {"authorization": "Bearer simulated-token"}
    transport = httpx.ASGITransport(frameio.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here:9", headers=headers) as client:
        url = (await client.post(paths.upload, json=wanted("<b>.mov"))).json()["data"]["view_url"]
        page = await client.get(url)
        missing = await client.get(f"http://here:9/project/{paths.project.id}/view/{uuid.uuid4()}")
    await frameio.aclose()
    assert url.startswith(f"http://here:9/project/{paths.project.id}/view/")
    assert "&lt;b&gt;.mov" in page.text
    assert missing.status_code == 404


async def test_discovery_leads_from_the_token_to_the_root_folder(client: httpx.AsyncClient, paths: Paths) -> None:
    account = (await client.get("/v4/accounts")).json()["data"][0]["id"]
    workspace = (await client.get(f"/v4/accounts/{account}/workspaces")).json()["data"][0]["id"]
    by_workspace = await client.get(f"/v4/accounts/{account}/workspaces/{workspace}/projects?sort=name_asc")
    projects = {project["name"]: project for project in by_workspace.json()["data"]}
    assert list(projects) == ["Other", "UNDLM"]
    root = (await client.get(f"/v4/accounts/{account}/folders/{projects['UNDLM']['root_folder_id']}")).json()["data"]
    assert (root["parent_id"], root["project_id"]) == (None, projects["UNDLM"]["id"])


async def test_ids_of_account_and_projects_outlive_a_restart(frameio: FrameioSimulator) -> None:
    again = FrameioSimulator(Settings(projects=("UNDLM", "Other")))
    assert again.store.account_id == frameio.store.account_id
    assert [(project.id, project.root_folder_id) for project in again.store.projects.values()] == [
        (project.id, project.root_folder_id) for project in frameio.store.projects.values()
    ]
