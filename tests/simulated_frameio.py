"""The simulated Frame.io, as its own tests ask it."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx

from simulators.frameio import FrameioSimulator
from simulators.frameio.assets import File
from simulators.frameio.routes import OPERATIONS

MOVIE = bytes(range(256)) * 1000
HEADERS = {"authorization": "Bearer simulated-token"}


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


class Paths:
    def __init__(self, frameio: FrameioSimulator) -> None:
        store = frameio.store
        self.project = next(iter(store.projects.values()))
        self.account = f"/v4/accounts/{store.account_id}"
        self.workspace = f"{self.account}/workspaces/{store.workspace_id}"
        self.root = f"{self.account}/folders/{self.project.root_folder_id}"
        self.upload = f"{self.root}/files/remote_upload"


def every_call(frameio: FrameioSimulator) -> Iterator[tuple[str, str]]:
    store, project = frameio.store, next(iter(frameio.store.projects.values()))
    names = {
        "account_id": store.account_id,
        "workspace_id": store.workspace_id,
        "project_id": project.id,
        "folder_id": project.root_folder_id,
        "file_id": str(uuid.uuid4()),
        "version_stack_id": str(uuid.uuid4()),
    }
    return ((operation.method, operation.path.format(**names)) for operation in OPERATIONS)
