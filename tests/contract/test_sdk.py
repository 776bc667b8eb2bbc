"""The simulated Frame.io, its sign-in, and our client of it, held against Frame.io's official SDK.

The SDK holds pydantic back, so it has an interpreter of its own, which `make setup` makes; what runs there is
`tests.contract.sdk` and `tests.contract.login`.
"""

import asyncio
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from postflow.telemetry import Telemetry
from simulators.frameio import FrameioSimulator, Settings
from simulators.frameio.routes import NAMES
from simulators.ims import ImsSimulator
from simulators.serving import running
from simulators.source import Source
from uploader.frameio.client import FrameIO
from uploader.frameio.limits import Endpoint
from uploader.frameio.pacing import Pacer
from uploader.frameio.tokens import FixedToken

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = Path(sys.prefix) / "sdk" / "bin" / "python"
TOKEN = "simulated-token"
IMS_CLIENT = {
    "client_id": "simulated-client",
    "client_secret": "simulated-secret",
    "redirect_uri": "https://localhost:8443/callback",
}

MISTAKES = {
    "our remote_upload: data.size is not declared by FileCreateRemoteUploadParamsData": {
        "verb": "POST",
        "path": "/v4/accounts/a/folders/f/files/remote_upload",
        "query": {},
        "body": {"data": {"name": "a.mov", "source_url": "https://film.example/x", "size": 1}},
    },
    "our list_files: sort: 'newest' is none of 'name_asc', 'created_at_asc', 'updated_at_asc', 'file_size_asc', "
    "'name_desc', 'created_at_desc', 'updated_at_desc', 'file_size_desc'": {
        "verb": "GET",
        "path": "/v4/accounts/a/folders/f/files",
        "query": {"sort": "newest"},
        "body": None,
    },
    "the SDK has no PUT /v4/me": {"verb": "PUT", "path": "/v4/me", "query": {}, "body": None},
}
"""Requests that the SDK would never send, each with what is to be found about it."""

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason=f"there is no {PYTHON}: `make setup` installs Frame.io's SDK there, if it can be had"
)

Json = dict[str, Any]


class Turns(Pacer):
    """Remembers which limit each request was counted against."""

    def __init__(self) -> None:
        super().__init__(1.0)
        self.taken: list[Endpoint] = []

    async def turn(self, endpoint: Endpoint) -> None:
        self.taken.append(endpoint)
        await super().turn(endpoint)


class Noted:
    """Our client, and which of its methods were used."""

    def __init__(self, frameio: FrameIO) -> None:
        self.frameio = frameio
        self.used: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.used.add(name)
        return getattr(self.frameio, name)


async def ask(program: str, task: Json) -> Json:
    """Run one of the programs under the SDK's interpreter."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        PYTHON, "-m", program, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT
    )
    out, errors = await process.communicate(json.dumps(task).encode())
    assert process.returncode == 0, errors.decode()
    return dict(json.loads(out))


async def use_everything(frameio: Noted, source_url: str) -> None:
    """Every call that our client can make; lists have a second page."""
    frameio.frameio.user_id = (await frameio.me()).id
    frameio.frameio.account_id = (await frameio.accounts())[0].id
    (project,) = await frameio.projects()
    folder = await frameio.create_folder(project.root_folder_id, "SC01")
    assert len(await frameio.folders_in(project.root_folder_id)) > 1
    await frameio.turn_to_upload()
    asset = await frameio.remote_upload(folder.id, "a.mov", source_url, timeout_s=30)
    for with_creator in (False, True):
        files = frameio.files_in(project.root_folder_id, with_creator=with_creator)
        assert len([file async for file in files]) == 501
    for name in about_an_asset():
        await getattr(frameio, name)(asset.id)


def methods() -> dict[str, list[str]]:
    """The public methods of our client, each with the names of its parameters."""
    public = inspect.getmembers(FrameIO, lambda member: inspect.isfunction(member) and member.__name__[0] != "_")
    return {name: list(inspect.signature(method).parameters)[1:] for name, method in public}


def about_an_asset() -> list[str]:
    """Those that take an asset and nothing else; it is deleted last."""
    return sorted((name for name, takes in methods().items() if takes == ["asset_id"]), key="delete_file".__eq__)


def two_pages_of_everything(simulator: FrameioSimulator) -> None:
    (project,) = simulator.store.projects.values()
    root = simulator.store.folders[project.root_folder_id]
    for number in range(501):
        file = simulator.store.add_file(root, f"{number}.mov", creator=simulator.store.person, now=1.0)
        file.stored_at = file.uploaded_at = file.transcoded_at = 1.0
        simulator.store.add_folder(root, f"SC{number}", now=1.0)


async def test_answers_parse_with_the_sdk_and_our_requests_are_what_it_would_send() -> None:
    simulator, requests, turns = FrameioSimulator(Settings(allow_http_source=True)), list[Json](), Turns()
    two_pages_of_everything(simulator)

    async def note(request: httpx.Request) -> None:
        body = json.loads(request.content) if request.content else None
        query = dict(request.url.params)
        requests.append({"verb": request.method, "path": request.url.path, "query": query, "body": body})

    async with running(simulator.app) as base_url, running(Source().app) as source:
        async with httpx.AsyncClient(base_url=base_url, event_hooks={"request": [note]}) as http:
            ours = Noted(FrameIO(http, FixedToken(SecretStr(TOKEN)), turns, Telemetry()))
            await use_everything(ours, f"{source}/x/1")
        assert simulator.journal.violations == 0
        checked = [*requests, *MISTAKES.values()]
        task = {"base_url": base_url, "token": TOKEN, "source_url": f"{source}/x/1", "requests": checked}
        report = await ask("tests.contract.sdk", task)

    assert report["findings"] == list(MISTAKES)
    assert set(report["answered"]) == NAMES
    assert [(one.kind, one.route) for one in simulator.journal.refused] == [("malformed", "file")]
    assert methods().keys() - ours.used == set(), "use_everything must use what is new in our client"
    assert_within_the_limits(turns.taken, report["rates"][: len(requests)])


def assert_within_the_limits(taken: list[Endpoint], documented: list[tuple[int, float]]) -> None:
    """What our client counts each request against drains no faster than the documentation of its endpoint allows."""
    for endpoint, (calls, window_s) in zip(taken, documented, strict=True):
        assert endpoint.interval_s >= window_s / calls, endpoint


async def test_the_sdk_signs_in_as_a_person_and_as_a_service() -> None:
    simulator = ImsSimulator()
    async with running(simulator.app) as ims_url:
        told = await ask("tests.contract.login", {"ims_url": ims_url, **IMS_CLIENT})
    assert told["state"] == "the state"
    assert told["first"]["refresh_token"] != told["second"]["refresh_token"]
    assert told["after_revocation"] is not None
    assert told["service_token"].startswith("simulated-access")
    counts = simulator.grants.counts
    assert (counts.logins, counts.rotations, counts.service_tokens, counts.reuses) == (1, 1, 1, 0)
    assert simulator.journal.violations == 0
