"""Nothing leaves after its deadline, also when the process stood still in the middle of a call."""

import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from postflow.telemetry import Telemetry
from simulators.serving import running
from uploader.frameio.client import FrameIO
from uploader.frameio.errors import FrameioUnavailable, OutcomeUnknown
from uploader.frameio.pacing import Pacer
from uploader.frameio.tokens import FixedToken

DEADLINE_S = 0.2
ASSET = {"id": "a", "name": "f", "status": "created", "view_url": "", "created_at": "2026-11-01T00:00:00Z"}


class Stopped(httpcore.AsyncNetworkBackend):
    """Stands still as a stopped process does, event loop and all, at one moment of the call."""

    def __init__(self, moment: str) -> None:
        self._real: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()
        self._moment = moment

    async def connect_tcp(self, *arguments: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        stream = await self._real.connect_tcp(*arguments, **named)
        if self._moment == "connected":
            time.sleep(2 * DEADLINE_S)  # noqa: ASYNC251 - that is the point
        return _Stream(stream) if self._moment == "head-sent" else stream

    async def sleep(self, seconds: float) -> None:
        await self._real.sleep(seconds)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise NotADirectoryError(path)


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, real: httpcore.AsyncNetworkStream) -> None:
        self._real = real

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._real.write(buffer, timeout)
        time.sleep(2 * DEADLINE_S)  # noqa: ASYNC251 - that is the point

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._real.read(max_bytes, timeout)

    async def aclose(self) -> None:
        await self._real.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._real.get_extra_info(info)


@pytest.mark.parametrize(("moment", "arrives"), [("never", True), ("connected", False), ("head-sent", False)])
async def test_a_post_whose_sender_stood_still_past_the_deadline_does_not_leave(moment: str, arrives: bool) -> None:
    taken: list[str] = []

    async def take(request: Request) -> JSONResponse:
        taken.append((await request.body()).decode())
        return JSONResponse({"data": ASSET}, status_code=202)

    transport = httpx.AsyncHTTPTransport()
    transport._pool._network_backend = Stopped(moment)
    app = Starlette(routes=[Route("/{rest:path}", take, methods=["POST"])])
    async with running(app) as url, httpx.AsyncClient(base_url=url, transport=transport) as http:
        frameio = FrameIO(http, FixedToken(SecretStr("token")), Pacer(1.0), Telemetry())
        if arrives:
            await frameio.remote_upload("folder", "film.mov", "https://film.example/x", timeout_s=DEADLINE_S)
        else:
            with pytest.raises((FrameioUnavailable, OutcomeUnknown)):
                await frameio.remote_upload("folder", "film.mov", "https://film.example/x", timeout_s=DEADLINE_S)
    assert len(taken) == arrives
