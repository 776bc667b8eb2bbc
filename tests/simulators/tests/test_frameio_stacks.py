"""Edge: version stacks of the simulated Frame.io, and files that somebody renames or puts elsewhere."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.frameio import FrameioSimulator, Settings
from simulators.frameio.assets import File
from simulators.instants import HandClock


class Here:
    """A root folder with three files in it."""

    def __init__(self, frameio: FrameioSimulator, http: httpx.AsyncClient) -> None:
        self.frameio = frameio
        self.http = http
        store = frameio.store
        (project,) = store.projects.values()
        self.account = f"/v4/accounts/{store.account_id}"
        self.root_id = project.root_folder_id
        self.root = f"{self.account}/folders/{self.root_id}"
        self.files = [self._file(name) for name in ("v1.mov", "v2.mov", "v3.mov")]

    def _file(self, name: str) -> File:
        file = self.frameio.store.add_file(
            self.frameio.store.folders[self.root_id], name, creator=self.frameio.store.person, now=1.0
        )
        file.stored_at = file.uploaded_at = file.transcoded_at = 1.0
        return file

    async def stack(self, *files: File) -> dict[str, Any]:
        body = {"data": {"file_ids": [file.id for file in files]}}
        answer = await self.http.post(f"{self.root}/version_stacks", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["data"])

    async def names(self, path: str) -> list[str]:
        return [one["name"] for one in (await self.http.get(path)).json()["data"]]


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    frameio = FrameioSimulator(Settings(limit_scale=100), clock=HandClock())
    transport = httpx.ASGITransport(frameio.app)
    headers = {"authorization": "Bearer simulated-token"}
    async with httpx.AsyncClient(transport=transport, base_url="http://frameio", headers=headers) as http:
        yield Here(frameio, http)
    await frameio.aclose()


async def test_a_stack_shows_its_newest_version_and_takes_its_files_out_of_the_folders_list(here: Here) -> None:
    old, new, other = here.files
    stack = await here.stack(old, new)
    assert (stack["type"], stack["name"], stack["head_version"]["id"]) == ("version_stack", "v2.mov", new.id)
    assert await here.names(f"{here.root}/files") == [other.name]
    assert await here.names(f"{here.root}/version_stacks") == ["v2.mov"]
    assert await here.names(f"{here.root}/children") == ["v3.mov", "v2.mov"]
    assert await here.names(f"{here.root}/children?type=version_stack") == ["v2.mov"]
    assert await here.names(f"{here.account}/version_stacks/{stack['id']}/children") == ["v1.mov", "v2.mov"]
    file = (await here.http.get(f"{here.account}/files/{old.id}")).json()["data"]
    assert (file["parent_id"], file["status"]) == (stack["id"], "transcoded")


async def test_a_file_can_be_moved_onto_a_stack_and_off_it(here: Here) -> None:
    old, new, third = here.files
    stack = await here.stack(old, new)
    for file, to in ((third, stack["id"]), (old, here.root_id)):
        answer = await here.http.patch(f"{here.account}/files/{file.id}/move", json={"data": {"parent_id": to}})
        assert (answer.status_code, answer.json()["data"]["parent_id"]) == (200, to)
    shown = (await here.http.get(f"{here.account}/version_stacks/{stack['id']}")).json()["data"]
    assert shown["head_version"]["id"] == third.id
    assert await here.names(f"{here.root}/files") == [old.name]


async def test_a_stack_without_files_is_gone(here: Here) -> None:
    stack = await here.stack(*here.files[:2])
    for file in here.files[:2]:
        await here.http.patch(f"{here.account}/files/{file.id}/move", json={"data": {"parent_id": here.root_id}})
    assert (await here.http.get(f"{here.account}/version_stacks/{stack['id']}")).status_code == 404
    assert await here.names(f"{here.root}/version_stacks") == []


@pytest.mark.parametrize("chosen", [[0], [0, 0], [0, 1, 2] * 4, [0, None]])
async def test_what_cannot_be_stacked_is_refused(here: Here, chosen: list[int | None]) -> None:
    file_ids = ["not there" if number is None else here.files[number].id for number in chosen]
    answer = await here.http.post(f"{here.root}/version_stacks", json={"data": {"file_ids": file_ids}})
    assert answer.status_code == 422
    assert len(await here.names(f"{here.root}/files")) == 3


async def test_a_stack_is_no_folder(here: Here) -> None:
    stack = await here.stack(*here.files[:2])
    answer = await here.http.get(f"{here.account}/folders/{stack['id']}/files")
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (422, "The entity is not a folder")
    moved = await here.http.patch(f"{here.account}/files/{here.files[2].id}/move", json={"data": {"parent_id": "x"}})
    assert moved.status_code == 422


async def test_a_version_that_is_deleted_leaves_its_stack(here: Here) -> None:
    old, new, _ = here.files
    stack = await here.stack(old, new)
    await here.http.delete(f"{here.account}/files/{new.id}")
    shown = (await here.http.get(f"{here.account}/version_stacks/{stack['id']}")).json()["data"]
    assert shown["head_version"]["id"] == old.id
    await here.http.delete(f"{here.account}/files/{old.id}")
    assert (await here.http.get(f"{here.account}/version_stacks/{stack['id']}")).status_code == 404
    assert await here.names(f"{here.root}/children") == ["v3.mov"]


async def test_a_file_can_be_renamed(here: Here) -> None:
    path = f"{here.account}/files/{here.files[0].id}"
    assert (await here.http.patch(path, json={"data": {"name": "new.mov"}})).json()["data"]["name"] == "new.mov"
    assert (await here.http.patch(path, json={"data": {"name": ""}})).status_code == 422


async def test_a_person_can_stack_files_too(here: Here) -> None:
    file_ids = [file.id for file in here.files[:2]]
    assert (await here.http.post("/_sim/stacks", json={"file_ids": file_ids})).status_code == 201
    assert await here.names(f"{here.root}/files") == ["v3.mov"]
    state = (await here.http.get("/_sim/state")).json()
    assert {file["folder"] for file in state["files"]} == {""}
    assert (await here.http.post("/_sim/stacks", json={"file_ids": [*file_ids, here.files[2].id]})).status_code == 404
    assert (await here.http.post("/_sim/stacks", json={"file_ids": file_ids[:1]})).status_code == 422


async def test_a_folder_takes_its_stacks_with_it(here: Here) -> None:
    wip = here.frameio.store.add_folder(here.frameio.store.folders[here.root_id], "WIP", now=1.0)
    for file in here.files:
        here.frameio.store.move_file(file, wip, now=1.0)
    stack = here.frameio.store.add_stack(wip, here.files[:2], now=1.0)
    await here.http.delete(f"/_sim/folders/{wip.id}")
    assert [file.deleted_at is not None for file in here.files] == [True] * 3
    assert (await here.http.get(f"{here.account}/version_stacks/{stack.id}")).status_code == 404
