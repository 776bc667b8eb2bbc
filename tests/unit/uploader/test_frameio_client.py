"""One call to Frame.io: how long it may take, and what may be told of its answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx
import pytest
from pydantic import SecretStr

from postflow.checks import Check
from postflow.telemetry import Telemetry
from uploader.frameio.client import FrameIO
from uploader.frameio.errors import FrameioUnavailable, OutcomeUnknown, Refused, TokenRefused
from uploader.frameio.pacing import Pacer
from uploader.frameio.tokens import FixedToken

SIGNATURE = "c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0"
ADDRESS = f"https://film.example/x/4M1sQyTn0K8h3d2e1f0aZg/1890000000/k1/{SIGNATURE}"


def calls(answer: Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]) -> FrameIO:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="https://frameio.example")  # type: ignore[arg-type]
    return FrameIO(http, FixedToken(SecretStr("token")), Pacer(1.0), Telemetry())


async def test_a_post_does_not_leave_after_its_deadline_however_slow_the_way_is() -> None:
    gave_up = False

    async def slow(_: httpx.Request) -> httpx.Response:
        nonlocal gave_up
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            gave_up = True
            raise
        return httpx.Response(500)

    with pytest.raises(OutcomeUnknown):
        await calls(slow).remote_upload("folder", "film.mov", ADDRESS, timeout_s=0.05)
    assert gave_up


async def test_what_frameio_says_of_an_address_is_told_without_its_signature() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        said = json.loads(request.content)["data"]["source_url"]
        return httpx.Response(422, json={"errors": [{"detail": f"cannot fetch {said}"}]})

    with pytest.raises(Refused) as caught:
        await calls(refuse).remote_upload("folder", "film.mov", ADDRESS, timeout_s=1)
    assert "cannot fetch https://film.example/x/" in caught.value.why
    assert SIGNATURE not in caught.value.why


class Renewable:
    """Tokens 1, 2, 3 …, of which each renewal takes so long."""

    remedy = "Sign in again."

    def __init__(self, takes_s: float = 0.0) -> None:
        self.number = 1
        self._takes_s = takes_s

    async def bearer(self) -> str:
        return str(self.number)

    async def newer_than(self, refused: str) -> str:
        assert refused == str(self.number)
        await asyncio.sleep(self._takes_s)
        self.number += 1
        return await self.bearer()

    async def login(self) -> str:
        return "one"

    def check(self) -> Check:
        return Check(True, "there is a login")

    async def keep(self, stop: asyncio.Event) -> None:
        return


def taking(good: str, tokens: Renewable, seen: list[str]) -> FrameIO:
    """A Frame.io that takes one token."""

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        if seen[-1] != f"Bearer {good}":
            return httpx.Response(401, json={"errors": [{"detail": "Unauthorized"}]})
        asset = {"id": "a", "name": "f", "status": "created", "view_url": "", "created_at": "2026-11-01T00:00:00Z"}
        return httpx.Response(202, json={"data": asset})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="https://frameio.example")
    return FrameIO(http, tokens, Pacer(1.0), Telemetry())


async def test_a_post_that_was_refused_for_its_token_is_made_again_once_with_a_newer_one() -> None:
    seen: list[str] = []
    frameio = taking("2", Renewable(), seen)
    asset = await frameio.remote_upload("folder", "film.mov", ADDRESS, timeout_s=1)
    assert asset.id == "a"
    assert seen == ["Bearer 1", "Bearer 2"]
    assert not frameio.is_refused


async def test_a_newer_token_that_is_refused_too_makes_the_file_wait() -> None:
    seen: list[str] = []
    frameio = taking("none", Renewable(), seen)
    with pytest.raises(TokenRefused) as caught:
        await frameio.remote_upload("folder", "film.mov", ADDRESS, timeout_s=1)
    assert caught.value.what_to_do == "Sign in again."
    assert len(seen) == 2
    assert frameio.is_refused


async def test_no_post_leaves_after_its_deadline_because_the_token_took_long() -> None:
    seen: list[str] = []
    with pytest.raises(FrameioUnavailable, match="no time left"):
        await taking("2", Renewable(takes_s=0.2), seen).remote_upload("folder", "film.mov", ADDRESS, timeout_s=0.1)
    assert seen == ["Bearer 1"]


def told(answer: object) -> FrameIO:
    return calls(lambda _: httpx.Response(200, json=answer))


@pytest.mark.parametrize("data", [None, {}, [], "x", {"id": None}])
async def test_an_answer_of_another_shape_is_no_defect_of_ours(data: object) -> None:
    with pytest.raises(FrameioUnavailable, match="answer to GET discovery is of another shape"):
        await told({"data": data}).me()
    with pytest.raises(FrameioUnavailable):
        await told({"data": data if data != [] else [{}]}).accounts()
    with pytest.raises(OutcomeUnknown):
        await told({"data": data}).remote_upload("folder", "film.mov", ADDRESS, timeout_s=1)
    with pytest.raises(OutcomeUnknown):
        await told({"data": data}).create_folder("folder", "name")


@pytest.mark.parametrize("following", ["/v4/accounts?page_size=100", "http://[", 7])
async def test_a_next_page_that_says_not_where_it_begins_is_no_defect_of_ours(following: object) -> None:
    with pytest.raises(FrameioUnavailable):
        await told({"data": [], "links": {"next": following}}).accounts()


@pytest.mark.parametrize("links", [None, {}, {"next": None}, {"next": ""}, {"prev": None}])
async def test_a_list_ends_where_no_page_follows(links: object) -> None:
    accounts = await told({"data": [{"id": "a"}], "links": links}).accounts()
    assert [account.id for account in accounts] == ["a"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(503), id="down"),
        pytest.param(httpx.Response(200, text="<html>Welcome to the hotel</html>"), id="somebody-else"),
    ],
)
async def test_a_frameio_that_does_not_do_its_work_is_said(answer: httpx.Response) -> None:
    frameio = calls(lambda _: answer)
    for _ in range(2):
        with pytest.raises(FrameioUnavailable):
            await frameio.me()
    check = frameio.answering.check()
    assert check is not None
    assert "GET discovery" in check.detail


async def test_a_call_that_never_left_says_nothing_of_frameio() -> None:
    frameio = calls(lambda _: httpx.Response(200, json={}))
    for _ in range(3):
        with pytest.raises(FrameioUnavailable, match="no time left"):
            await frameio.remote_upload("folder", "film.mov", ADDRESS, timeout_s=0)
    assert frameio.answering.check() is None
