"""The far end of the simulated tunnel: what its edge bears, keeps and remembers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from simulators.cloudflared import CloudflaredSimulator, Settings
from simulators.cloudflared.faults import CutBody, StallBody
from simulators.faults import Reset
from simulators.instants import HandClock
from simulators.serving import running
from simulators.source import Source

CONTENT = bytes(range(256)) * 2000


class Scene:
    def __init__(self, tunnel: CloudflaredSimulator, base_url: str, source: Source, clock: HandClock) -> None:
        self.sim = tunnel
        self.source = source
        self.clock = clock
        self.base_url = base_url
        self.http = httpx.AsyncClient(base_url=base_url, timeout=10)

    def url(self, path: str = "/a") -> str:
        return self.sim.public_url(self.base_url) + path

    async def get(self, path: str = "/a", **headers: str) -> httpx.Response:
        return await self.http.get(self.url(path), headers=headers)

    async def received(self, path: str = "/a") -> int:
        """Bytes that came before the connection went away."""
        count = 0
        async with self.http.stream("GET", self.url(path)) as answer:
            with contextlib.suppress(httpx.TransportError):
                async for chunk in answer.aiter_raw():
                    count += len(chunk)
        return count

    def kinds(self) -> list[str]:
        return [one.kind for one in self.sim.journal.refused]


@asynccontextmanager
async def scene_of(**settings: object) -> AsyncIterator[Scene]:
    source, clock = Source(content=CONTENT), HandClock()
    async with running(source.app) as origin:
        simulator = CloudflaredSimulator(Settings.model_validate({"origin": origin} | settings), clock=clock)
        async with running(simulator.app) as base_url:
            scene = Scene(simulator, base_url, source, clock)
            clock.advance(10)
            yield scene
            await scene.http.aclose()
            await simulator.aclose()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with scene_of() as scene:
        yield scene


async def test_a_body_is_cut_after_so_many_bytes_and_no_others(scene: Scene) -> None:
    scene.sim.faults.queue(CutBody(after_bytes=200_000))
    assert await scene.received() == 200_000


async def test_a_body_can_stall_and_go_on(scene: Scene) -> None:
    scene.sim.faults.queue(StallBody(after_bytes=1000, for_s=0.2))
    before = asyncio.get_running_loop().time()
    assert (await scene.get()).content == CONTENT
    assert asyncio.get_running_loop().time() - before >= 0.2


async def test_a_body_that_stalls_for_good_ends_with_the_link(scene: Scene) -> None:
    scene.sim.faults.queue(StallBody(after_bytes=1000))
    async with scene.http.stream("GET", scene.url()) as answer:
        chunks = answer.aiter_raw()
        await anext(chunks)
        assert scene.sim.front.in_flight == 1
        scene.sim.tunnel.unlink()
        with pytest.raises(httpx.TransportError):
            _ = [chunk async for chunk in chunks]


async def test_a_connection_can_go_before_any_answer(scene: Scene) -> None:
    scene.sim.faults.queue(Reset(route="front"), Reset(route="ready"))
    for path in (scene.url(), "/ready"):
        with pytest.raises(httpx.TransportError):
            await scene.http.get(path)
    assert scene.source.seen == []


async def test_an_origin_that_says_nothing_for_too_long_is_a_524() -> None:
    async with scene_of(read_gap_s=0.2) as scene:
        scene.source.open_gate = asyncio.Event()
        answer = await scene.get()
        assert (answer.status_code, answer.headers["retry-after"]) == (524, "120")
        scene.source.open_gate.set()


async def test_a_quick_tunnel_takes_so_many_at_a_time_and_a_named_one_more() -> None:
    for named, status in (("", 429), ("film", 200)):
        async with scene_of(most_in_flight=1, named=named) as scene:
            scene.sim.faults.queue(StallBody(after_bytes=1000))
            async with scene.http.stream("GET", scene.url()) as answer:
                await anext(answer.aiter_raw())
                assert (await scene.get()).status_code == status
                scene.sim.tunnel.unlink()


async def test_an_address_with_an_extension_that_is_cached_is_kept_and_that_is_a_violation(scene: Scene) -> None:
    first, second = await scene.get("/x/a.mp4"), await scene.get("/x/a.mp4")
    assert [answer.headers["cf-cache-status"] for answer in (first, second)] == ["MISS", "HIT"]
    assert second.content == CONTENT
    assert len(scene.source.seen) == 1
    assert scene.kinds() == ["cached"]


async def test_nothing_is_kept_of_an_address_without_such_an_extension(scene: Scene) -> None:
    for path in ("/x/a", "/x/a.mov", "/a.mp4/b"):
        assert [(await scene.get(path)).headers["cf-cache-status"] for _ in range(2)] == ["DYNAMIC", "DYNAMIC"]
    assert scene.sim.journal.violations == 0


async def test_for_a_cached_extension_a_head_is_a_get_and_ranges_are_lost(scene: Scene) -> None:
    assert (await scene.http.head(scene.url("/a.mp4"))).status_code == 200
    assert (await scene.get("/b.mp4", range="bytes=0-9")).content == CONTENT
    assert scene.source.seen == [("GET", None), ("GET", None)]


async def test_a_name_that_is_asked_for_too_early_is_not_found_for_long() -> None:
    async with scene_of(published_after_s=30, negative_ttl_s=600) as scene:
        with pytest.raises(httpx.TransportError):
            await scene.get()
        scene.clock.advance(60)
        with pytest.raises(httpx.TransportError):
            await scene.get()
        assert scene.kinds() == ["asked_too_early"]
        scene.clock.advance(600)
        assert (await scene.get()).status_code == 200


async def test_a_name_that_is_asked_for_in_time_is_found() -> None:
    async with scene_of(published_after_s=30) as scene:
        scene.clock.advance(30)
        assert (await scene.get()).status_code == 200
        assert scene.sim.journal.violations == 0


async def test_a_path_that_there_is_not_is_a_violation(scene: Scene) -> None:
    assert (await scene.http.get("/tunnels")).status_code == 404
    assert scene.kinds() == ["unknown_route"]
    assert (await scene.http.get("/_sim/state")).json()["violations"] == 1
