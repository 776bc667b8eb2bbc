"""A fetch that does not go as it should, and what is known of it afterwards."""

import os
from datetime import UTC, datetime

import httpx
import pytest

from fileserver.readers import CHUNK_BYTES
from tests.integration.fileserver_site import Site, address, until

CONTENT = os.urandom(3 * CHUNK_BYTES + 17)
LARGE_BYTES = 64 * CHUNK_BYTES
"""More than the buffers between a server and a client that does not read."""


@pytest.fixture(autouse=True)
async def _started(site: Site) -> None:
    await site.start()


async def cut_after(answer: httpx.Response) -> int:
    """How many bytes came before the connection was cut."""
    received = 0
    try:
        async for chunk in answer.aiter_raw():
            received += len(chunk)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return received
    pytest.fail("it arrived whole")


async def test_a_file_that_changed_before_it_was_fetched_is_not_sent(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    site.overwrite(message, b"other")
    answer = await site.http.get(address(exposed))
    assert (answer.status_code, answer.content) == (409, b"")
    assert (await site.transfer(message)).tainted
    os.utime(site.path(message), ns=(message.mtime_ns, message.mtime_ns))
    assert (await site.http.get(address(exposed))).status_code == 409


async def test_what_went_out_whole_before_the_change_stays_good(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    await site.http.get(address(exposed))
    site.overwrite(message, b"other")
    assert (await site.http.get(address(exposed))).status_code == 409
    assert not (await site.transfer(message)).tainted


async def test_a_file_overwritten_in_mid_transfer_never_arrives_whole(site: Site) -> None:
    message = site.write("a.mov", bytes(LARGE_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        site.overwrite(message, b"\1" * LARGE_BYTES)
        assert await cut_after(answer) < LARGE_BYTES
    told = await site.transfer(message)
    assert told.tainted
    assert not told.is_open
    assert 0 < told.bytes_sent < LARGE_BYTES
    record = await site.record(message)
    assert record.tainted


async def test_a_file_cut_short_in_mid_transfer_taints_the_exposure(site: Site) -> None:
    message = site.write("a.mov", bytes(LARGE_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        os.truncate(site.path(message), CHUNK_BYTES)
        await cut_after(answer)
    assert (await site.record(message)).tainted


async def test_a_running_pull_is_cut_when_its_exposure_ends(site: Site) -> None:
    message = site.write("a.mov", bytes(LARGE_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        await site.ended(message)
        await site.settled()
        await cut_after(answer)
    resumed = await site.http.get(address(exposed), headers={"Range": "bytes=100-"})
    assert resumed.status_code == 410
    assert not (await site.transfer(message)).tainted


async def test_a_client_that_leaves_costs_nothing_and_may_come_back(site: Site) -> None:
    message = site.write("a.mov", bytes(LARGE_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)) as answer:
        async for _ in answer.aiter_raw():
            break

    async def noted() -> bool:
        return (await site.record(message)).last_byte_at is not None

    await until(noted)
    told = await site.transfer(message)
    assert told.is_open
    assert not told.tainted
    assert told.bytes_sent < LARGE_BYTES
    assert (await site.http.get(address(exposed), headers={"Range": "bytes=0-"})).content == bytes(LARGE_BYTES)


async def test_what_was_seen_of_a_fetch_can_be_asked_for(site: Site) -> None:
    before = datetime.now(UTC)
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    unseen = await site.transfer(message)
    assert (unseen.known, unseen.is_open, unseen.first_get_at, unseen.bytes_sent) == (True, True, None, 0)
    assert not (await site.transfer(message, exposure=2)).known
    await site.http.get(address(exposed))
    seen = await site.transfer(message)
    assert seen.first_get_at is not None
    assert seen.last_byte_at is not None
    assert before <= seen.first_get_at <= seen.last_byte_at
    assert (seen.bytes_sent, seen.tainted) == (len(CONTENT), False)
