"""The simulated ngrok: what its agent says while it starts, breaks and moves; what its front lets through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from simulators.cloudflared.faults import CutBody, EdgeError
from simulators.instants import HandClock
from simulators.ngrok import NgrokSimulator, Settings
from simulators.serving import running
from simulators.source import Source

CONTENT = bytes(range(256)) * 400


class Scene:
    def __init__(self, sim: NgrokSimulator, base_url: str, source: Source, clock: HandClock) -> None:
        self.sim = sim
        self.base_url = base_url
        self.source = source
        self.clock = clock
        self.http = httpx.AsyncClient(base_url=base_url, timeout=10)

    async def said(self, path: str) -> dict[str, object]:
        answer = await self.http.get(path)
        assert answer.status_code == 200
        return dict(answer.json())

    async def fetch(self, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(f"{self.sim.public_url(self.base_url)}/a", headers=named)


@asynccontextmanager
async def scene_of(**settings: object) -> AsyncIterator[Scene]:
    """An agent with an origin behind it, online."""
    source, clock = Source(content=CONTENT), HandClock()
    async with running(source.app) as origin:
        simulator = NgrokSimulator(Settings.model_validate({"origin": origin} | settings), clock=clock)
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


async def test_a_start_is_silence_then_no_session_then_an_address(scene: Scene) -> None:
    scene.sim.agent.start()
    with pytest.raises(httpx.TransportError):
        await scene.http.get("/api/status")
    scene.clock.advance(0.3)
    assert (await scene.said("/api/status"))["status"] == "reconnecting"
    assert (await scene.said("/api/endpoints"))["endpoints"] == []
    scene.clock.advance(1)
    assert (await scene.said("/api/status"))["status"] == "online"
    upstream = {"url": scene.sim.agent.settings.origin, "protocol": "http1"}
    address = {"name": "e0", "url": scene.sim.public_url(scene.base_url), "upstream": upstream}
    assert (await scene.said("/api/endpoints"))["endpoints"] == [address]


async def test_an_old_agent_knows_tunnels_only() -> None:
    async with scene_of(is_old=True, more=("tcp://1.tcp.ngrok.io:20000",)) as scene:
        assert (await scene.http.get("/api/endpoints")).status_code == 404
        tunnels = (await scene.said("/api/tunnels"))["tunnels"]
        assert isinstance(tunnels, list)
        urls = [tunnel["public_url"] for tunnel in tunnels]
        assert urls == [scene.sim.public_url(scene.base_url), "tcp://1.tcp.ngrok.io:20000"]


async def test_what_passes_is_whole_and_has_the_headers_of_the_way(scene: Scene) -> None:
    answer = await scene.fetch(range="bytes=10-19")
    assert (answer.status_code, answer.content) == (206, CONTENT[10:20])
    assert "cf-cache-status" not in answer.headers
    assert (await scene.fetch()).content == CONTENT
    assert scene.sim.front.traffic.bytes_passed == len(CONTENT) + 10


async def test_browsers_are_shown_a_warning_unless_they_know_of_it_or_somebody_pays(scene: Scene) -> None:
    warned = await scene.fetch(user_agent="Mozilla/5.0 (X11)")
    assert (warned.status_code, warned.headers["ngrok-error-code"]) == (200, "ERR_NGROK_6024")
    assert (await scene.fetch(user_agent="Mozilla/5.0", ngrok_skip_browser_warning="1")).content == CONTENT
    async with scene_of(is_free=False) as paid:
        assert (await paid.fetch(user_agent="Mozilla/5.0")).content == CONTENT


@pytest.mark.parametrize(
    ("plan", "code"), [({"most_bytes": len(CONTENT)}, 725), ({"most_requests": 1}, 727)], ids=["bytes", "requests"]
)
async def test_a_month_that_is_used_up_answers_nobody(plan: dict[str, int], code: int) -> None:
    async with scene_of(**plan) as scene:
        assert (await scene.fetch()).content == CONTENT
        refused = await scene.fetch()
        assert (refused.status_code, refused.headers["ngrok-error-code"]) == (403, f"ERR_NGROK_{code}")


async def test_its_own_errors_have_their_number_in_a_header(scene: Scene) -> None:
    scene.sim.faults.queue(EdgeError(status=429, code=734))
    assert (await scene.fetch()).headers["ngrok-error-code"] == "ERR_NGROK_734"
    for action in ("unlink", "link", "offline"):
        assert (await scene.http.post(f"/_sim/{action}")).status_code == 200
    offline = await scene.fetch()
    assert (offline.status_code, offline.headers["ngrok-error-code"]) == (404, "ERR_NGROK_3200")


async def test_without_an_origin_it_says_so() -> None:
    async with scene_of(origin="http://127.0.0.1:1") as scene:
        answer = await scene.fetch()
        assert (answer.status_code, answer.headers["ngrok-error-code"]) == (502, "ERR_NGROK_8012")


async def test_a_restart_keeps_the_name_and_a_move_does_not(scene: Scene) -> None:
    before = scene.sim.public_url(scene.base_url)
    await scene.http.post("/_sim/restart")
    assert scene.sim.public_url(scene.base_url) == before
    await scene.http.post("/_sim/move")
    scene.clock.advance(10)
    assert (await scene.http.get(f"{before}/a")).status_code == 404
    assert (await scene.fetch()).content == CONTENT


async def test_a_body_can_be_cut_and_a_link_taken_away_in_its_midst(scene: Scene) -> None:
    scene.sim.faults.queue(CutBody(after_bytes=100))
    with pytest.raises(httpx.TransportError):
        await scene.fetch()
    assert (await scene.http.post("/_sim/faults", json={"faults": [{"kind": "edge_error"}]})).json() == {"queued": 1}
    assert (await scene.fetch()).status_code == 502


async def test_what_there_is_not_is_a_violation(scene: Scene) -> None:
    assert (await scene.http.get("/api/requests/http")).status_code == 404
    assert (await scene.http.post("/_sim/fly")).status_code == 404
    state = await scene.said("/_sim/state")
    assert (state["violations"], state["public_url"]) == (1, scene.sim.public_url(scene.base_url))
