"""A film of 1 GiB."""

import asyncio
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.studio import SHOT, at_work, eventually, stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SIZE_BYTES = 2**30
EVERY_BYTES = 2**24
ROOM_BYTES = 3 * 2**30


async def test_a_film_of_one_gibibyte_arrives_whole_once(tmp_path: Path) -> None:
    if shutil.disk_usage(tmp_path).free < ROOM_BYTES:
        pytest.skip(f"needs {ROOM_BYTES / 2**30:.0f} GiB of free disk in {tmp_path}")
    async with at_work(stack(tmp_path)) as studio:
        film = studio.path(SHOT)
        await asyncio.to_thread(_written, film)
        expected = await asyncio.to_thread(_digest, film)

        async def told() -> bool:
            return bool(await studio.cards_of(film.name))

        await eventually(told, "a card for the film", timeout_s=60)
        await studio.settled()
        (asset,) = await studio.assets()
        assert (asset["size"], asset["sha256"]) == (SIZE_BYTES, expected)
        assert sum(request["received_bytes"] for request in asset["source_requests"]) == SIZE_BYTES
        assert len(await studio.cards()) == 1


def _written(film: Path) -> None:
    """Mostly holes, which the disk need not keep, and bytes of their own often enough to tell every part."""
    with film.open("wb") as file:
        for start in range(0, SIZE_BYTES, EVERY_BYTES):
            file.seek(start)
            file.write(os.urandom(4096))
        file.truncate(SIZE_BYTES)


def _digest(film: Path) -> str:
    with film.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
