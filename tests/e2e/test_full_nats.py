"""A NATS that has no room left, without any warning, while films are on their way; and then room again."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import nats
import pytest
from nats.js.errors import APIError

from onehost.layout import NATS
from tests.e2e.arrivals import Arrivals
from tests.e2e.studio import Studio, at_work, eventually, stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

NOBODYS = "postflow.again.nobody.1"
"""A subject of the stream that no service reads."""

REFUSED = "insufficient resources"


async def test_films_that_met_a_full_nats_arrive_once_when_there_is_room(tmp_path: Path) -> None:
    async with at_work(stack(tmp_path)) as studio, httpx.AsyncClient(timeout=20) as http:
        films = Arrivals(studio, http)
        await studio.frameio_settings(fetch_delay_s=6.0)
        await allow(studio, "4M")
        underway, new = "UNDLM_00001_v001.mov", "UNDLM_00002_v001.mov"
        films.export(underway)
        await eventually(lambda: studio.assets_named(underway), "the first film is posted")
        await fill(studio)
        films.export(new)
        await eventually(films.said(REFUSED, "watcher"), "the watcher says that NATS stores nothing", timeout_s=60)
        uploaders = films.said(REFUSED, "uploader-1", "uploader-2")
        await eventually(uploaders, "the uploader says that NATS stores nothing", timeout_s=60)
        assert await studio.assets_named(new) == []
        assert await studio.cards_of(underway) == []
        await allow(studio, "1G")
        await films.each_once()


async def allow(studio: Studio, max_file_store: str) -> None:
    """As a person does it: change the setting, and start the server again."""
    (config,) = studio.stack.folders.nats.glob("*.conf")
    config.write_text(re.sub(r"max_file_store: \w+", f"max_file_store: {max_file_store}", config.read_text()))
    await studio.stack.restart(NATS)


async def fill(studio: Studio) -> None:
    """Until not even the smallest message is taken."""
    client = await nats.connect(studio.stack.urls.nats)
    try:
        for size_bytes in (100_000, 1_000, 1):
            await until_refused(client.jetstream().publish, bytes(size_bytes))
    finally:
        await client.close()


async def until_refused(publish: Callable[..., Awaitable[object]], payload: bytes) -> None:
    while True:
        try:
            await publish(NOBODYS, payload)
        except APIError:
            return
