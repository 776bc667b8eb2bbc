"""The simulated daemon: what it says of a file, what it takes for a mistake, and how it fails."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from simulators.faults import Delay, Reset
from simulators.lucidlink import LucidlinkSimulator, Settings
from simulators.lucidlink.faults import Nonsense, Status
from simulators.serving import running

FILES = "/v1/film.studio/files"


class Scene:
    def __init__(self, simulator: LucidlinkSimulator, http: httpx.AsyncClient) -> None:
        self.sim = simulator
        self.http = http

    async def flag(self, path: str) -> str | None:
        (entry,) = (await self.http.get(FILES, params={"path": path})).json()["files"]
        flag: str | None = entry.get("remoteUpload")
        return flag

    def violations(self) -> list[str]:
        return [violation.kind for violation in self.sim.journal.refused]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    simulator = LucidlinkSimulator()
    async with running(simulator.app) as base_url, httpx.AsyncClient(base_url=base_url) as http:
        yield Scene(simulator, http)


async def test_it_says_yes_while_another_machine_uploads_and_no_afterwards(scene: Scene) -> None:
    assert await scene.flag("/a.mov") == "no"
    await scene.http.post("/_sim/uploads", json={"path": "/a.mov"})
    assert (await scene.flag("/a.mov"), await scene.flag("/b.mov")) == ("yes", "no")
    await scene.http.post("/_sim/uploads", json={"path": "/a.mov", "uploading": False})
    assert await scene.flag("/a.mov") == "no"
    state = (await scene.http.get("/_sim/state")).json()
    assert state["asked"] == ["/a.mov", "/a.mov", "/b.mov", "/a.mov"]
    assert state["violations"] == 0


async def test_it_knows_nothing_of_some_paths_and_an_older_one_has_no_flag(scene: Scene) -> None:
    scene.sim.unknown.add("/a.mov")
    assert (await scene.http.get(FILES, params={"path": "/a.mov"})).json() == {"files": []}
    scene.sim.settings = Settings(flag=False)
    assert await scene.flag("/b.mov") is None


@pytest.mark.parametrize("query", ["", "?path=a.mov", "?path=/a&path=/b", "?path=/a&depth=2", "?file=/a"])
async def test_anything_but_one_absolute_path_is_a_violation(scene: Scene, query: str) -> None:
    assert (await scene.http.get(f"{FILES}{query}")).status_code == 400
    assert scene.violations() == ["malformed"]


async def test_another_filespace_is_not_linked(scene: Scene) -> None:
    assert (await scene.http.get("/v1/local/files?path=/a")).status_code == 404


async def test_every_other_route_and_method_is_a_violation(scene: Scene) -> None:
    statuses = [(await scene.http.get("/v1/film.studio")).status_code, (await scene.http.put(FILES)).status_code]
    assert statuses == [404, 405]
    assert scene.violations() == ["unknown_route", "unknown_route"]


async def test_too_many_calls_at_once_are_a_violation(scene: Scene) -> None:
    scene.sim.faults.queue(Delay(delay_s=0.2, times=11))
    await asyncio.gather(*(scene.flag("/a.mov") for _ in range(11)))
    assert (scene.violations(), scene.sim.most_at_once) == (["too_many_at_once"], 11)


async def test_it_fails_as_it_is_told(scene: Scene) -> None:
    scene.sim.faults.queue(Status(status=500), Nonsense(), Reset(name="/b.mov"))
    answers = [await scene.http.get(FILES, params={"path": "/a.mov"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 200]
    assert all(answer.text.startswith("<html>") for answer in answers)
    with pytest.raises(httpx.TransportError):
        await scene.flag("/b.mov")
    assert scene.violations() == []
