"""What may come back of a probe through the public name, and what is made of it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from fileserver.rotating import Keys
from fileserver.signing import Address, Key, Keyring
from fileserver.tunnel.gate import Found
from fileserver.tunnel.probe import CONTENT_BYTES, Probe, can_find
from fileserver.tunnel.probe import client as probe_client
from tests.examples import AT
from tests.unit.fileserver.sidecars import NO_NAME

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
