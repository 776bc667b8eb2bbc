"""The simulated tunnel: what its near end says while it starts, breaks and is replaced; what its front lets through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from simulators.cloudflared import CloudflaredSimulator, Settings
from simulators.cloudflared.faults import ChangeBody, CutBody, EdgeError, Nonsense
from simulators.instants import HandClock
from simulators.serving import running
from simulators.source import Source

CONTENT = bytes(range(256)) * 2000


class Scene:
    def __init__(self, tunnel: CloudflaredSimulator, base_url: str, source: Source, clock: HandClock) -> None:
        self.sim = tunnel
        self.base_url = base_url
        self.source = source
        self.clock = clock
        self.http = httpx.AsyncClient(base_url=base_url, timeout=10)

    @property
    def public_url(self) -> str:
        return self.sim.public_url(self.base_url)

    def up(self) -> None:
        self.clock.advance(10)


@asynccontextmanager
async def scene_of(**settings: object) -> AsyncIterator[Scene]:
    """A tunnel with an origin behind it."""
    source, clock = Source(content=CONTENT), HandClock()
    async with running(source.app) as origin:
        simulator = CloudflaredSimulator(Settings.model_validate({"origin": origin} | settings), clock=clock)
        async with running(simulator.app) as base_url:
            scene = Scene(simulator, base_url, source, clock)
            yield scene
            await scene.http.aclose()
            await simulator.aclose()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with scene_of() as scene:
        yield scene


async def test_a_start_is_silence_then_a_name_then_a_link(scene: Scene) -> None:
    with pytest.raises(httpx.TransportError):
        await scene.http.get("/quicktunnel")
    scene.clock.advance(0.3)
    named, ready = await scene.http.get("/quicktunnel"), await scene.http.get("/ready")
    assert named.json() == {"hostname": scene.public_url}
    assert (ready.status_code, ready.json()["readyConnections"]) == (503, 0)
    assert {answer.headers["content-type"] for answer in (named, ready)} == {"text/plain; charset=utf-8"}
    assert (await scene.http.get(scene.public_url + "/a")).status_code == 530
    scene.clock.advance(2)
    ready = await scene.http.get("/ready")
    assert (ready.status_code, ready.json()["status"], ready.json()["readyConnections"]) == (200, 200, 1)
    assert (await scene.http.get(scene.public_url + "/a")).content == CONTENT
    config = (await scene.http.get("/config")).json()
    assert (config["version"], len(config["config"]["ingress"])) == (-1, 1)


async def test_a_named_tunnel_says_its_rules_and_no_name() -> None:
    async with scene_of(named="film", rules=("film.example",)) as scene:
        scene.up()
        assert (await scene.http.get("/quicktunnel")).json() == {"hostname": ""}
        assert (await scene.http.get("/ready")).json()["readyConnections"] == 4
        config = (await scene.http.get("/config")).json()
        assert config["version"] >= 0
        assert [rule["hostname"] for rule in config["config"]["ingress"]] == ["film.example", ""]
        assert (await scene.http.get("/t/film/a")).content == CONTENT


async def test_what_goes_through_carries_what_the_edge_adds(scene: Scene) -> None:
    scene.up()
    answer = await scene.http.get(scene.public_url + "/x/a/b", headers={"Range": "bytes=5-9", "X-Forwarded-For": "a"})
    assert (answer.status_code, answer.content) == (206, CONTENT[5:10])
    sent = scene.source.headers[-1]
    assert sent["host"].endswith(".trycloudflare.com")
    assert (sent["x-forwarded-for"], sent["accept-encoding"]) == ("a,192.0.2.1", "br, gzip")
    assert {"cf-connecting-ip", "cf-ray", "cf-visitor", "cdn-loop", "cf-warp-tag-id"} <= sent.keys()
    assert scene.source.paths[-1] == "/x/a/b"


async def test_a_lost_link_keeps_the_name_and_a_restart_does_not(scene: Scene) -> None:
    scene.up()
    name = scene.public_url
    await scene.http.post("/_sim/unlink")
    assert (await scene.http.get("/ready")).status_code == 503
    assert (await scene.http.get(name + "/a")).status_code == 530
    await scene.http.post("/_sim/link")
    assert scene.public_url == name
    assert (await scene.http.get(name + "/a")).status_code == 200
    await scene.http.post("/_sim/restart")
    assert scene.public_url != name
    scene.up()
    assert (await scene.http.get(name + "/a")).status_code == 530
    assert (await scene.http.get(scene.public_url + "/a")).status_code == 200


async def test_a_reaped_tunnel_looks_well_from_its_near_end(scene: Scene) -> None:
    scene.up()
    await scene.http.post("/_sim/reap")
    assert (await scene.http.get("/ready")).status_code == 200
    answer = await scene.http.get(scene.public_url + "/a", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (530, 1016)


async def test_a_process_that_gets_no_tunnel_answers_nobody(scene: Scene) -> None:
    scene.up()
    await scene.http.post("/_sim/refuse")
    with pytest.raises(httpx.TransportError):
        await scene.http.get("/ready")
    await scene.http.post("/_sim/restart")
    scene.up()
    assert (await scene.http.get("/ready")).status_code == 200


@pytest.mark.parametrize(
    ("status", "code", "retry_after"), [(502, None, "60"), (530, 1033, "120"), (530, 1016, None), (429, 1015, "30")]
)
async def test_the_edges_own_answers_are_negotiated(
    scene: Scene, status: int, code: int | None, retry_after: str | None
) -> None:
    scene.up()
    scene.sim.faults.queue(EdgeError(status=status, code=code, times=2))
    html = await scene.http.get(scene.public_url + "/a")
    told = await scene.http.get(scene.public_url + "/a", headers={"Accept": "application/problem+json"})
    assert (html.status_code, told.status_code) == (status, status)
    assert html.headers.get("retry-after") == retry_after
    if code != 1015:
        assert html.headers["content-type"].startswith("text/html")
        assert (told.json()["error_code"], told.json()["cloudflare_error"]) == (code or status, True)
    assert scene.source.seen == []


async def test_an_origin_that_is_away_is_a_502() -> None:
    async with scene_of(origin="http://127.0.0.1:1") as scene:
        scene.up()
        assert (await scene.http.get(scene.public_url + "/a")).status_code == 502


async def test_a_client_without_a_name_of_its_own_is_blocked(scene: Scene) -> None:
    scene.up()
    answer = await scene.http.get(scene.public_url + "/a", headers={"User-Agent": "", "Accept": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (403, 1010)


async def test_bodies_are_cut_and_changed_on_request(scene: Scene) -> None:
    scene.up()
    scene.sim.faults.queue(CutBody(after_bytes=1000))
    with pytest.raises(httpx.TransportError):
        await scene.http.get(scene.public_url + "/a")
    scene.sim.faults.queue(ChangeBody())
    changed = await scene.http.get(scene.public_url + "/a")
    assert len(changed.content) == len(CONTENT)
    assert changed.content != CONTENT
    assert (await scene.http.get(scene.public_url + "/a")).content == CONTENT


async def test_a_lost_link_cuts_what_is_under_way(scene: Scene) -> None:
    scene.up()
    scene.source.content = bytes(64 * 2**20)
    async with scene.http.stream("GET", scene.public_url + "/a") as answer:
        assert answer.status_code == 200
        scene.sim.tunnel.unlink()
        with pytest.raises(httpx.TransportError):
            async for _ in answer.aiter_raw():
                pass


async def test_an_origin_that_breaks_off_is_a_body_that_breaks_off(scene: Scene) -> None:
    scene.up()
    scene.source.send_bytes = 1000
    with pytest.raises(httpx.TransportError):
        await scene.http.get(scene.public_url + "/a")


async def test_nonsense_of_the_near_end_is_said_once(scene: Scene) -> None:
    scene.up()
    scene.sim.faults.queue(Nonsense(route="ready", body="OK"))
    assert (await scene.http.get("/ready")).text == "OK"
    assert (await scene.http.get("/ready")).json()["status"] == 200


async def test_an_unknown_action_and_an_unknown_route_of_a_fault_are_refused(scene: Scene) -> None:
    assert (await scene.http.post("/_sim/explode")).status_code == 404
    fault = {"faults": [{"kind": "nonsense", "route": "metrics"}]}
    assert (await scene.http.post("/_sim/faults", json=fault)).status_code == 422
    assert (await scene.http.get("/_sim/health")).json() == {"status": "ok"}


async def test_it_says_what_it_was_asked(scene: Scene) -> None:
    scene.up()
    await scene.http.get("/ready")
    await scene.http.get(scene.public_url + "/a")
    calls = (await scene.http.get("/_sim/calls")).json()
    assert calls["routes"]["ready"]["statuses"] == {"200": 1}
    assert calls["routes"]["front"]["statuses"] == {"200": 1}
    state = (await scene.http.get("/_sim/state")).json()
    assert (state["bytes_passed"], state["in_flight"], state["generation"]) == (len(CONTENT), 0, 1)
