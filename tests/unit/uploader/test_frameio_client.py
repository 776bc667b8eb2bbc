"""One call to Frame.io: how long it may take, and what may be told of its answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx
import pytest
from pydantic import SecretStr

from postflow.telemetry import Telemetry
from uploader.frameio.client import FrameIO
from uploader.frameio.errors import OutcomeUnknown, Refused
from uploader.frameio.limits import Pacer
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
