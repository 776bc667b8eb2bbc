"""Deliveries wait until it is known who we are, and whenever nobody may call in our name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from postflow.checks import Check
from postflow.telemetry import Telemetry
from uploader.frameio.client import FrameIO
from uploader.frameio.errors import FrameioUnavailable, TokenRefused
from uploader.frameio.pacing import Pacer
from uploader.frameio.sign_in import SignIn


class Login:
    """A login that comes and goes; its token is its name."""

    remedy = "Sign in again."

    def __init__(self) -> None:
        self.name = ""
        self.says = Check(True, "there is a login")

    async def bearer(self) -> str:
        if not self.name:
            raise TokenRefused("nobody is signed in", self.remedy)
        return self.name

    async def newer_than(self, refused: str) -> str:
        raise TokenRefused("Frame.io does not take it", self.remedy)

    async def login(self) -> str:
        return await self.bearer()

    def check(self) -> Check:
        return self.says

    async def keep(self, stop: asyncio.Event) -> None:
        return


class Frameio:
    """Knows the bearer by name, but for those it refuses."""

    def __init__(self) -> None:
        self.refuses: set[str] = set()
        self.is_down = False
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            return httpx.Response(503)
        name = request.headers["authorization"].removeprefix("Bearer ")
        if name in self.refuses:
            return httpx.Response(401, json={"errors": [{"detail": "Unauthorized"}]})
        if request.url.path == "/v4/me":
            self.asked += 1
            return httpx.Response(200, json={"data": {"id": f"id of {name}", "name": name}})
        return httpx.Response(200, json={"data": [{"id": "studio", "display_name": "Studio"}], "links": {}})


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploader.frameio.sign_in.LOOK_S", 0.01)
    monkeypatch.setattr("uploader.frameio.sign_in.RETRY_S", 0.01)


@asynccontextmanager
async def signing_in(login: Login, answers: Frameio) -> AsyncIterator[tuple[SignIn, FrameIO]]:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answers), base_url="https://frameio.example")
    frameio = FrameIO(http, login, Pacer(1.0, sleep=lambda _: asyncio.sleep(0)), Telemetry())
    sign_in, stop = SignIn(frameio, login, None), asyncio.Event()
    running = asyncio.create_task(sign_in.run(stop))
    yield sign_in, frameio
    stop.set()
    await running
    await http.aclose()


async def until(sign_in: SignIn, detail: str) -> None:
    async with asyncio.timeout(5):
        while sign_in.check().detail != detail:
            await asyncio.sleep(0.005)


async def is_permitted(sign_in: SignIn) -> bool:
    try:
        await asyncio.wait_for(sign_in.permit(), 0.05)
    except TimeoutError:
        return False
    return True


async def test_nothing_is_delivered_before_somebody_has_signed_in() -> None:
    login = Login()
    async with signing_in(login, Frameio()) as (sign_in, frameio):
        await until(sign_in, "nobody is signed in")
        assert sign_in.check().what_to_do == "Sign in again."
        assert not await is_permitted(sign_in)
        login.name = "Ada"
        await asyncio.wait_for(sign_in.permit(), 5)
        assert sign_in.check().detail == "signed in as Ada, account Studio"
        assert (frameio.user_id, frameio.account_id) == ("id of Ada", "studio")


async def test_another_login_is_somebody_else() -> None:
    login, answers = Login(), Frameio()
    login.name = "Ada"
    async with signing_in(login, answers) as (sign_in, frameio):
        await until(sign_in, "signed in as Ada, account Studio")
        login.name = "Grace"
        await until(sign_in, "signed in as Grace, account Studio")
        assert frameio.user_id == "id of Grace"
        assert answers.asked == 2


async def test_a_token_that_frameio_refuses_is_red_until_it_is_taken_again() -> None:
    login, answers = Login(), Frameio()
    login.name = "Ada"
    async with signing_in(login, answers) as (sign_in, frameio):
        await until(sign_in, "signed in as Ada, account Studio")
        answers.refuses = {"Ada"}
        with pytest.raises(TokenRefused):
            await frameio.me()
        await until(sign_in, "Frame.io does not take it")
        assert not await is_permitted(sign_in)
        answers.refuses = set()
        await until(sign_in, "signed in as Ada, account Studio")
        assert await is_permitted(sign_in)


async def test_what_is_wrong_with_the_login_is_said_there_alone() -> None:
    login = Login()
    login.says = Check(False, "nobody is signed in", "Sign in again.")
    async with signing_in(login, Frameio()) as (sign_in, _):
        await until(sign_in, "waits for the login")
        assert sign_in.check().ok
        assert not sign_in.is_ready
        login.says = Check(True, "there is a login")
        await until(sign_in, "nobody is signed in")
        assert not sign_in.check().ok


async def test_while_frameio_is_down_it_is_red_and_asked_now_and_then_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("uploader.frameio.answering.PROBE_AFTER", timedelta(seconds=0.02))
    login, answers = Login(), Frameio()
    login.name = "Ada"
    async with signing_in(login, answers) as (sign_in, frameio):
        await until(sign_in, "signed in as Ada, account Studio")
        answers.is_down = True
        with pytest.raises(FrameioUnavailable):
            await frameio.file("one")
        async with asyncio.timeout(5):
            while sign_in.check().ok:
                await asyncio.sleep(0.005)
        assert "Frame.io answered 503 to GET discovery" in sign_in.check().detail
        assert await is_permitted(sign_in), "whether it is over shows to whoever tries"
        answers.is_down = False
        await until(sign_in, "signed in as Ada, account Studio")
        assert answers.asked > 1
