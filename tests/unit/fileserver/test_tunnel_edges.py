"""What cloudflared may say, and what is made of it."""

import httpx
import pytest

from fileserver.tunnel.cloudflared import Cloudflared
from fileserver.tunnel.gate import Sighting
from fileserver.tunnel.sidecar import client as sidecar_client
from tests.unit.fileserver.sidecars import NO_NAME, Sidecar


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


async def test_a_sidecar_that_nobody_can_look_up_is_a_sighting_of_nothing() -> None:
    async with sidecar_client() as http:
        assert not (await Cloudflared(http, NO_NAME, "").look()).linked
