"""A disk below NATS that is full to the last byte while films are on their way; and then room again."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import nats
import pytest
from nats.js.errors import Error

from onehost.layout import NATS
from tests.e2e.arrivals import Arrivals
from tests.e2e.studio import Studio, at_work, eventually, stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

DISK = "32m"
NOBODYS = "postflow.again.nobody.1"
"""A subject of the stream that no service reads."""

REFUSED = "NATS stores nothing in"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small one for NATS alone."""
    store = tmp_path / "nats" / "store"
    store.mkdir(parents=True)
    if trouble := mounting_trouble(store):
        pytest.skip(f"may not mount a small disk, as root may on Linux: {trouble}")
    try:
        yield store
    finally:
        subprocess.run(["umount", "--lazy", store], check=True)


async def test_films_that_met_a_full_disk_arrive_once_when_there_is_room(disk: Path, tmp_path: Path) -> None:
    async with at_work(stack(tmp_path)) as studio, httpx.AsyncClient(timeout=20) as http:
        films = Arrivals(studio, http)
        await studio.frameio_settings(fetch_delay_s=6.0)
        underway, new = "UNDLM_00001_v001.mov", "UNDLM_00002_v001.mov"
        films.export(underway)
        await eventually(lambda: studio.assets_named(underway), "the first film is posted")
        await fill(studio, disk)
        films.export(new)
        await eventually(films.said(REFUSED, "watcher"), "the watcher says that NATS stores nothing", timeout_s=60)
        uploaders = films.said(REFUSED, "uploader-1", "uploader-2")
        await eventually(uploaders, "the uploader says that NATS stores nothing", timeout_s=60)
        assert await studio.assets_named(new) == []
        assert await studio.cards_of(underway) == []
        ballast(disk).unlink()
        if not await takes_messages(studio):
            await studio.stack.restart(NATS)
        await films.each_once()
        assert await studio.posts() == 2


def mounting_trouble(store: Path) -> str:
    """Empty when there is a small disk at `store` now."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "postflow-test", str(store)]
    try:
        mounting = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        return str(error)
    return (mounting.stderr.strip() or "mount failed") if mounting.returncode else ""


def ballast(disk: Path) -> Path:
    return disk / "ballast"


async def fill(studio: Studio, disk: Path) -> None:
    """Until the stream takes nothing more: what is written already has room up to the end of its last page."""
    with ballast(disk).open("wb", buffering=0) as file:
        for size_bytes in (100_000, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size_bytes))
    while await takes_messages(studio):
        pass


async def takes_messages(studio: Studio) -> bool:
    client = await nats.connect(studio.stack.urls.nats)
    try:
        await client.jetstream().publish(NOBODYS, bytes(1000), timeout=5)
    except (TimeoutError, Error):
        return False
    finally:
        await client.close()
    return True
