"""Frame.io being down is said, and nothing is lost by it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from postflow.bus import Bus
from postflow.checks import Check
from postflow.telemetry import Telemetry
from simulators.frameio.faults import Status
from tests.integration.uploader_rig import TOKEN, Rig, rig
from uploader.frameio.client import FrameIO
from uploader.frameio.errors import FrameioUnavailable
from uploader.frameio.pacing import Pacer
from uploader.frameio.sign_in import SignIn
from uploader.frameio.tokens import FixedToken


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.sign_in.LOOK_S", 0.02)
    monkeypatch.setattr("uploader.frameio.answering.PROBE_AFTER", timedelta(seconds=0.1))
    monkeypatch.setattr("uploader.frameio.errors.SERVER_ERROR_RETRY_S", 0.2)
    monkeypatch.setattr("uploader.posting.SEND_S", 1.0)
    monkeypatch.setattr("uploader.posting.SETTLE_S", 0.5)
    async with rig(bus) as made:
        yield made


async def until(sign_in: SignIn, *, ok: bool) -> Check:
    async with asyncio.timeout(15):
        while (check := sign_in.check()).ok is not ok:
            await asyncio.sleep(0.01)
    return check


async def test_frameio_being_down_is_said_until_it_answers_though_nobody_else_calls(studio: Rig) -> None:
    tokens, stop = FixedToken(SecretStr(TOKEN)), asyncio.Event()
    async with httpx.AsyncClient(base_url=studio.frameio_url) as http:
        calls = FrameIO(http, tokens, Pacer(1.0), Telemetry())
        sign_in = SignIn(calls, tokens, None)
        running = asyncio.create_task(sign_in.run(stop))
        await asyncio.wait_for(sign_in.permit(), 10)
        studio.frameio.faults.queue(Status(status=503, until_s=1.5))
        with pytest.raises(FrameioUnavailable):
            await calls.folders_in("folder")
        assert "Frame.io answered 503" in (await until(sign_in, ok=False)).detail
        await until(sign_in, ok=True)
        stop.set()
        await running


async def test_what_is_to_be_delivered_waits_meanwhile_without_a_try(studio: Rig) -> None:
    async with studio.uploading():
        studio.frameio.faults.queue(Status(status=503, until_s=1.5))
        await studio.bus.publish(studio.exposed())
        (delivered,) = await studio.published("delivered")
    assert (delivered.attempt, delivered.exposure) == (1, 1)
    assert len(studio.assets()) == 1
