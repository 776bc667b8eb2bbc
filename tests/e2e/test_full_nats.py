"""A NATS that has no room left, without any warning, while films are on their way; and then room again."""

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import nats
import pytest
from nats.js.errors import APIError

from onehost.layout import NATS
from tests.chaos import books
from tests.chaos.books import Revision, Seen, digest
from tests.chaos.plan import Film
from tests.chaos.world import World
from tests.e2e.studio import Studio, at_work, eventually, stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

NOBODYS = "postflow.again.nobody.1"
"""A subject of the stream that no service reads."""


async def test_films_that_met_a_full_nats_arrive_once_when_there_is_room(tmp_path: Path) -> None:
    async with at_work(stack(tmp_path)) as studio, httpx.AsyncClient(timeout=20) as http:
        await studio.frameio_settings(fetch_delay_s=6.0)
        await allow(studio, "4M")
        underway, new = "UNDLM_00001_v001.mov", "UNDLM_00002_v001.mov"
        revisions = [export(studio, underway)]
        await eventually(lambda: studio.assets_named(underway), "the first film is posted")
        await fill(studio)
        revisions.append(export(studio, new))
        await eventually(refused(studio, http, "watcher"), "the watcher says that NATS stores nothing", timeout_s=60)
        uploaders = refused(studio, http, "uploader-1", "uploader-2")
        await eventually(uploaders, "the uploader says that NATS stores nothing", timeout_s=60)
        assert await studio.assets_named(new) == []
        assert await studio.cards_of(underway) == []
        await allow(studio, "1G")
        world = World(studio.stack, http)

        async def settled() -> Seen | None:
            seen = await world.seen([underway, new])
            return None if books.unsettled(revisions, seen) else seen

        await eventually(settled, "the books balance", timeout_s=120)
        await studio.settled()
        seen = await settled()
        assert seen is not None
        assert books.broken(revisions, seen) == []
        assert (seen.failures, seen.cards) == ([], {underway: 1, new: 1})


def export(studio: Studio, name: str) -> Revision:
    content = os.urandom(5000)
    studio.export(name, content)
    return Revision(Film(number=0, at_s=0.0, path=name, size_bytes=5000, written_s=0.0), digest(content), 5000, True)


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


def refused(studio: Studio, http: httpx.AsyncClient, *services: str) -> Callable[[], Awaitable[bool]]:
    """Whether one of these says so."""

    async def ask() -> bool:
        answers = [await http.get(f"{studio.stack.health_url(service)}/readyz") for service in services]
        return any(not one.is_success and "insufficient resources" in one.text for one in answers)

    return ask
