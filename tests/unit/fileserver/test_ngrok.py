"""What ngrok's agent may say, and what is made of it."""

import pytest

from fileserver.tunnel.ngrok import Ngrok
from fileserver.tunnel.sidecar import client as sidecar_client
from tests.unit.fileserver.sidecars import NO_NAME, Sidecar


def agent(*urls: str, **answers: object) -> Sidecar:
    """ngrok's, with these addresses."""
    endpoints = [{"name": "a", "url": url, "upstream": {"url": "http://fileserver:8080"}} for url in urls]
    said = {"api/status": {"status": "online"}, "api/endpoints": {"endpoints": endpoints}}
    return Sidecar(**(said | answers))


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
