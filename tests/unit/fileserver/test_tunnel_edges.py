"""What the sidecar and the edge may say, and what is made of it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from fileserver.rotating import Keys
from fileserver.signing import Address, Key, Keyring
from fileserver.tunnel.cloudflared import Cloudflared
from fileserver.tunnel.gate import Found, Sighting
from fileserver.tunnel.ngrok import Ngrok
from fileserver.tunnel.probe import CONTENT_BYTES, Probe, can_find
from fileserver.tunnel.probe import client as probe_client
from fileserver.tunnel.sidecar import client as sidecar_client
from tests.examples import AT

API = "http://sidecar.example"
READY = {"status": 200, "readyConnections": 1}


class Sidecar:
    """Answers of the metrics port, as text."""

    def __init__(self, **answers: object) -> None:
        self.answers: dict[str, object] = {
            "quicktunnel": {"hostname": "a-b.trycloudflare.com"},
            "ready": READY,
        } | answers

    async def seen(self, public_url: str = "", kind: type[Cloudflared | Ngrok] = Cloudflared) -> Sighting:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self._answer)) as http:
            return await kind(http, API, public_url).look()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers.get(request.url.path.strip("/"))
        if answer is None:
            return httpx.Response(404, text="404 page not found")
        status = answer.get("status") if isinstance(answer, dict) else None
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return httpx.Response(status if isinstance(status, int) else 200, text=text)


def rules(*hosts: str, service: str = "http://fileserver:8080") -> dict[str, object]:
    return {"version": 3, "config": {"ingress": [{"hostname": host, "service": service} for host in hosts]}}


async def test_a_quick_tunnel_says_its_name_without_a_scheme() -> None:
    assert await Sidecar().seen() == Sighting("https://a-b.trycloudflare.com", True)


async def test_without_a_link_the_name_is_known_all_the_same() -> None:
    sighting = await Sidecar(ready={"status": 503, "readyConnections": 0}).seen()
    assert (sighting.base_url, sighting.linked) == ("https://a-b.trycloudflare.com", False)
    assert sighting.what_to_do


@pytest.mark.parametrize(
    "hostname",
    [
        "a b",
        "a.example/?x",
        "x" * 400,
        "me@a.example",
        "ftp://a",
        "http://",
        "[::1",
        "a.example:99999",
        "a.example:0",
        7.5,
        ["a"],
        "ä.example",
    ],
)
async def test_a_name_that_is_none_is_not_believed(hostname: object) -> None:
    sighting = await Sidecar(quicktunnel={"hostname": hostname}).seen()
    assert (sighting.base_url, sighting.linked) == (None, False)


@pytest.mark.parametrize(
    "ready", ["", "OK", "null", {"readyConnections": None}, {"readyConnections": "4"}, {"status": 500}]
)
async def test_a_link_that_nobody_vouches_for_is_none(ready: object) -> None:
    assert not (await Sidecar(ready=ready).seen()).linked


@pytest.mark.parametrize(
    ("config", "linked"),
    [
        pytest.param(rules("film.example"), True, id="itself"),
        pytest.param(rules("*.example"), True, id="wildcard"),
        pytest.param(rules(""), True, id="every-name"),
        pytest.param(rules("other.example"), False, id="another"),
        pytest.param(rules("m.example"), False, id="the-end-of-it"),
        pytest.param(rules("", service="http_status:404"), True, id="no-rules-but-the-last"),
        pytest.param({"version": 0}, True, id="says-nothing"),
        pytest.param("nonsense", True, id="nonsense"),
        pytest.param("[" * 50_000, True, id="nested-without-end"),
        pytest.param({"config": {"ingress": [None, 7]}}, True, id="nonsense-inside"),
    ],
)
async def test_a_named_tunnel_is_held_against_its_rules_if_it_tells_them(config: object, linked: bool) -> None:
    sighting = await Sidecar(quicktunnel={"hostname": ""}, config=config).seen("https://film.example")
    assert (sighting.base_url, sighting.linked) == ("https://film.example", linked)
    assert linked or "film.example" in sighting.what_to_do


@pytest.mark.parametrize("api", ["http://127.0.0.1:1", "http://no.invalid"])
async def test_a_sidecar_that_cannot_be_reached_is_a_sighting_of_nothing(api: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        sighting = await Cloudflared(http, api, "").look()
    assert (sighting.base_url, sighting.linked) == (None, False)
    assert "does not answer" in sighting.why


def agent(*urls: str, **answers: object) -> Sidecar:
    """ngrok's, with these addresses."""
    endpoints = [{"name": "a", "url": url, "upstream": {"url": "http://fileserver:8080"}} for url in urls]
    said = {"api/status": {"status": "online"}, "api/endpoints": {"endpoints": endpoints}}
    return Sidecar(**(said | answers))


NO_NAME = "https://xn--a.com"
"""It looks like one, and there is no letter that it could stand for."""

FREE = "https://a-b.ngrok-free.dev"
FILM = "https://film.example"


@pytest.mark.parametrize(
    ("urls", "public_url", "base_url"),
    [
        pytest.param([FREE], "", FREE, id="the-only-one"),
        pytest.param(["http://a-b.ngrok-free.dev", FREE], "", FREE, id="https-before-http"),
        pytest.param(["tcp://1.tcp.ngrok.io:20000", FREE], "", FREE, id="beside-one-that-is-no-http"),
        pytest.param([FREE, FILM], FILM, FILM, id="the-one-that-is-set"),
    ],
)
async def test_ngrok_says_its_address(urls: list[str], public_url: str, base_url: str) -> None:
    sighting = await agent(*urls).seen(public_url, Ngrok)
    assert (sighting.base_url, sighting.linked, sighting.why) == (base_url, True, "")


async def test_an_older_agent_of_ngrok_says_it_elsewhere() -> None:
    tunnels = {"tunnels": [{"name": "command_line", "public_url": FREE, "proto": "https"}]}
    sighting = await Sidecar(**{"api/tunnels": tunnels}).seen(kind=Ngrok)
    assert (sighting.base_url, sighting.linked) == (FREE, True)


@pytest.mark.parametrize(("url", "is_said"), [(FREE, True), ("https://a.ngrok-free.app", True), (FILM, False)])
async def test_the_limits_of_ngroks_free_plan_are_said_aloud(url: str, is_said: bool) -> None:
    assert ("1 GB" in (await agent(url).seen(kind=Ngrok)).remark) is is_said


@pytest.mark.parametrize(
    ("sidecar", "public_url", "base_url", "words"),
    [
        pytest.param(agent(), "", None, "no address yet", id="none"),
        pytest.param(agent(), FILM, FILM, "no address yet", id="none-of-a-known-name"),
        pytest.param(agent(FREE, FILM), "", None, f"more than one address: {FREE}, {FILM}", id="several"),
        pytest.param(agent(FREE), FILM, FILM, f"has {FREE}, but not {FILM}", id="another"),
        pytest.param(
            agent(FREE, **{"api/status": {"status": "reconnecting"}}), "", None, "not online", id="no-session"
        ),
        pytest.param(agent("https://a b"), "", None, "a host name that is none", id="no-name"),
        pytest.param(Sidecar(**{"api/endpoints": {"endpoints": 7}}), "", None, "tells no endpoints", id="nonsense"),
        pytest.param(Sidecar(**{"api/endpoints": "[1]"}), "", None, "no JSON object", id="no-object"),
        pytest.param(Sidecar(), "", None, "answers /api/tunnels with 404", id="something-else"),
        pytest.param(
            Sidecar(**{"api/endpoints": {"status": 500}}), "", None, "answers /api/endpoints with 500", id="unwell"
        ),
    ],
)
async def test_an_agent_of_ngrok_that_has_no_address_for_us_says_why(
    sidecar: Sidecar, public_url: str, base_url: str | None, words: str
) -> None:
    sighting = await sidecar.seen(public_url, Ngrok)
    assert (sighting.base_url, sighting.linked) == (base_url, False)
    assert words in sighting.why
    assert sighting.what_to_do


@pytest.mark.parametrize("api", ["http://127.0.0.1:1", "http://no.invalid", NO_NAME])
async def test_an_agent_of_ngrok_that_cannot_be_reached_is_a_sighting_of_nothing(api: str) -> None:
    async with sidecar_client() as http:
        sighting = await Ngrok(http, api, "").look()
    assert (sighting.base_url, sighting.linked) == (None, False)
    assert "ngrok does not answer" in sighting.why


CURE = "Restart it."


class Scene:
    def __init__(self) -> None:
        self.at = AT
        self.keyring = Keyring((Key("k", bytes(32)),))
        self.probe = Probe(Keys(self.keyring), lambda: self.at)
        self.asked: list[Address] = []

    async def probed(self, answer: object, base_url: str = "https://a.example") -> tuple[Found, str]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False) as http:  # type: ignore[arg-type]
            probed = await self.probe.through(http, base_url, cure=CURE)
        return probed.found, probed.why

    def ours(self, request: httpx.Request) -> httpx.Response:
        content = self.probe.content(self.address(request))
        headers = {"PostFlow": "origin"}
        return (
            httpx.Response(404, headers=headers)
            if content is None
            else httpx.Response(200, headers=headers, content=content)
        )

    def address(self, request: httpx.Request) -> Address:
        self.asked.append(Address(*request.url.path.rsplit("/x/", 1)[1].split("/")))
        return self.asked[-1]


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """What those say who publish the names of quick tunnels; nothing of any other."""
    told: dict[str, bool] = {}

    async def is_published(host: str) -> bool | None:
        assert host.endswith(".trycloudflare.com"), "nobody else is asked"
        return told.get(host)

    monkeypatch.setattr("fileserver.tunnel.probe.is_published", is_published)
    return told


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_a_probe_that_comes_back_whole_is_forgotten_at_once(scene: Scene) -> None:
    assert await scene.probed(scene.ours, "https://a.example/prefix") == (Found.WHOLE, "")
    assert scene.probe.content(scene.asked[0]) is None


async def test_behind_an_address_that_is_not_signed_or_too_old_is_nothing(scene: Scene) -> None:
    def forged(request: httpx.Request) -> httpx.Response:
        address = scene.address(request)
        other = Address(address.exposure_id, address.expires, address.key_id, "A" * 43)
        assert scene.probe.content(other) is None
        assert len(scene.probe.content(address) or b"") == CONTENT_BYTES
        scene.at = AT + timedelta(minutes=2)
        return scene.ours(request)

    assert await scene.probed(forged) == (Found.BROKEN, "another fileserver answers there")


@pytest.mark.parametrize(
    ("status", "ours", "body", "why"),
    [
        pytest.param(200, True, b"short", "what was sent did not come back as it was (200)", id="short"),
        pytest.param(
            200, True, bytes(10 * CONTENT_BYTES), "what was sent did not come back as it was (200)", id="long"
        ),
        pytest.param(503, True, b"", "what was sent did not come back as it was (503)", id="ours-and-unwell"),
        pytest.param(200, False, b"<html>", "somebody in front answers, and not we (200)", id="a-page"),
        pytest.param(302, False, b"", "somebody in front sends us to a login or the like (302 to elsewhere)", id="302"),
        pytest.param(403, False, b"", "somebody in front answers, and not we (403)", id="bot-protection"),
        pytest.param(502, False, b"<html>", "the edge answers 502: it does not reach the fileserver", id="origin"),
        pytest.param(530, False, b'{"error_code": 1033}', "the edge answers 530, error 1033", id="no-tunnel"),
        pytest.param(530, False, b'{"error_code": "x"}', "the edge answers 530", id="odd"),
        pytest.param(530, False, b"[" * 50_000, "the edge answers 530", id="nested-without-end"),
        pytest.param(429, False, b"[]", "the edge answers 429", id="too-many"),
    ],
)
async def test_answers_of_others_are_told_from_ours(
    scene: Scene, status: int, ours: bool, body: bytes, why: str
) -> None:
    headers = {"PostFlow": "origin"} if ours else {}
    assert await scene.probed(lambda _: httpx.Response(status, headers=headers, content=body)) == (Found.BROKEN, why)


async def test_an_answer_that_never_ends_is_not_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.tunnel.probe.PATIENCE_S", 0.1)

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"."
            await asyncio.sleep(0.01)

    found, why = await scene.probed(lambda _: httpx.Response(200, content=drip()))
    assert (found, why) == (Found.BROKEN, "a probe through it did not come back (TimeoutError)")


async def test_a_port_that_nobody_listens_on_is_said_without_the_address(scene: Scene) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        probed = await scene.probe.through(http, "http://127.0.0.1:1", cure=CURE)
    assert probed.found is Found.BROKEN
    assert "/x/" not in probed.why + probed.what_to_do


@pytest.mark.parametrize(
    ("code", "others", "found", "words"),
    [
        pytest.param(socket.EAI_NONAME, True, Found.BROKEN, "no such name", id="deleted"),
        pytest.param(socket.EAI_NONAME, False, Found.NO_ANSWER_TO_NAME, "cannot look names up", id="no-resolver"),
        pytest.param(socket.EAI_AGAIN, True, Found.NO_ANSWER_TO_NAME, "cannot look the name up", id="no-answer"),
    ],
)
@pytest.mark.parametrize(
    ("name", "witness", "cure"),
    [
        ("a-b.trycloudflare.com", "api.trycloudflare.com", CURE),
        ("film.example", "api.frame.io", "Check PUBLIC_URL"),
    ],
)
async def test_a_name_counts_as_deleted_only_if_this_machine_finds_others(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    others: bool,
    found: Found,
    words: str,
    name: str,
    witness: str,
    cure: str,
) -> None:
    looked_up: list[str] = []

    async def can_find(host: str) -> bool:
        looked_up.append(host)
        return others

    def unresolved(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no") from socket.gaierror(code, "no")

    monkeypatch.setattr("fileserver.tunnel.probe.can_find", can_find)
    async with httpx.AsyncClient(transport=httpx.MockTransport(unresolved)) as http:
        probed = await scene.probe.through(http, f"https://{name}", cure=CURE)
    assert probed.found is found
    assert words in probed.why
    assert "/x/" not in probed.why + probed.what_to_do
    assert looked_up == ([witness] if code == socket.EAI_NONAME else [])
    assert probed.what_to_do.startswith(cure) is (found is Found.BROKEN)


async def test_a_name_that_is_not_published_is_looked_up_by_nobody(scene: Scene, published: dict[str, bool]) -> None:
    """This machine's resolver would remember for half an hour that there is none."""
    published["a-b.trycloudflare.com"] = False
    found, why = await scene.probed(scene.ours, "https://a-b.trycloudflare.com")
    assert (found, scene.asked) == (Found.BROKEN, [])
    assert "does not publish" in why
    published["a-b.trycloudflare.com"] = True
    assert (await scene.probed(scene.ours, "https://a-b.trycloudflare.com"))[0] is Found.WHOLE


async def test_a_resolver_that_asked_too_early_says_nothing_about_a_name_that_is_published(
    scene: Scene, published: dict[str, bool]
) -> None:
    def unresolved(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no") from socket.gaierror(socket.EAI_NONAME, "no")

    published["a-b.trycloudflare.com"] = True
    found, why = await scene.probed(unresolved, "https://a-b.trycloudflare.com")
    assert found is Found.NO_ANSWER_TO_NAME
    assert "does not know the name yet, though it is there" in why


@pytest.mark.parametrize("host", ["localhost", "no.invalid"])
async def test_a_name_of_this_machine_is_found_and_one_that_cannot_be_is_not(host: str) -> None:
    assert await can_find(host) is (host == "localhost")


async def test_a_name_that_nobody_can_look_up_is_said_to_be_one(scene: Scene) -> None:
    async with probe_client() as http:
        probed = await scene.probe.through(http, NO_NAME, cure=CURE)
    assert probed.found is Found.BROKEN
    assert probed.what_to_do.startswith("Check PUBLIC_URL")


async def test_a_sidecar_that_nobody_can_look_up_is_a_sighting_of_nothing() -> None:
    async with sidecar_client() as http:
        assert not (await Cloudflared(http, NO_NAME, "").look()).linked
