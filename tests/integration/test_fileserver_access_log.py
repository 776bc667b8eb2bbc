"""Every request is in the access log, and nothing in it is a secret."""

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from fileserver.readers import CHUNK_BYTES
from postflow.chain import Checking, Link
from postflow.verifying import log_files
from tests.integration.fileserver_site import Site, address, until
from tests.integration.test_fileserver_process import started

CONTENT = os.urandom(2 * CHUNK_BYTES)


def folder(site: Site) -> Path:
    return site.root.parent / "fileserver" / "access"


def events(site: Site) -> list[str]:
    return [line["event"] for line in site.logged()]


async def test_a_fetch_is_written_down_before_and_after(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    said = {"Range": "bytes=10-19", "User-Agent": f"Adobe {address(exposed)}", "CF-Connecting-IP": "203.0.113.9"}
    await site.http.get(address(exposed), headers=said)
    await site.stop()
    begins, ends = (line for line in site.logged() if line["event"] in ("begins", "ends"))
    assert (begins["request"], begins["path"], begins["key"]) == (ends["request"], message.path, ends["key"])
    assert (begins["status"], begins["start"], begins["length"], ends["bytes_sent"]) == (206, 10, 10, 10)
    assert (ends["reported_peer"], ends["peer"], ends["range"]) == ("203.0.113.9", "127.0.0.1", "bytes=10-19")
    assert (ends["file_id"], ends["attempt"], ends["exposure"]) == (message.file_id, 1, 1)


async def test_every_request_has_a_line(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    await site.http.head(address(exposed))
    await site.http.get(address(exposed), headers={"Range": "bytes=99999999-"})
    await site.http.get(address(exposed) + "A")
    await site.http.get(f"http://127.0.0.1:{site.port}/admin")
    await site.http.post(address(exposed))
    site.overwrite(message, b"x")
    await site.http.get(address(exposed))
    await site.ended(message)
    await site.settled()
    await site.http.get(address(exposed))
    await site.stop()
    told = [(line["event"], line["status"]) for line in site.logged() if line.get("user_agent") and "status" in line]
    assert told[-7:] == [
        ("answered", 200),
        ("answered", 416),
        ("strange", 404),
        ("strange", 404),
        ("strange", 404),
        ("refused", 409),
        ("refused", 410),
    ]


async def test_no_address_and_no_signature_is_in_it(site: Site) -> None:
    await site.start()
    exposed = await site.expose(site.write("a.mov", CONTENT))
    secret = address(exposed)
    for agent in (secret, secret.removeprefix("http://"), f"x{secret[20:]}"):
        headers = {"User-Agent": agent, "CF-Ray": agent, "CF-Connecting-IP": agent, "Range": agent}
        await site.http.get(secret, headers=headers)
        await site.http.get(secret + "A", headers=headers)
    await site.stop()
    written = b"".join(path.read_bytes() for path in log_files(folder(site))).decode()
    _, exposure_id, _, _, signature = secret.rpartition(f":{site.port}/")[2].split("/")
    assert signature not in written
    assert exposure_id not in written


async def test_strangers_cannot_fill_the_disk(site: Site) -> None:
    await site.start()
    await until(lambda: asyncio.sleep(0, "strange" in events(site)))
    before = len(site.logged())
    for _ in range(300):
        await site.http.get(f"http://127.0.0.1:{site.port}/x")
    await site.stop()
    strange = [line for line in site.logged()[before:] if line["event"] == "strange"]
    singly = [line for line in strange if "count" not in line]
    assert 199 <= len(singly) < 280, "one of the burst was spent on asking whether it is up"
    assert sum(line.get("count", 1) for line in strange) == 300


async def test_nothing_leaves_while_it_cannot_be_written_down(site: Site) -> None:
    folder(site).mkdir(parents=True)
    in_the_way = folder(site) / f"{datetime.now(UTC):%Y-%m-%d}-000000000001.jsonl"
    in_the_way.symlink_to("/dev/full")
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    answer = await site.http.get(address(exposed))
    assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (503, b"", "30")
    check = site.health()["access-log"]
    assert (check.ok, "nothing is sent" in check.detail) == (False, True)
    in_the_way.unlink()

    async def arrives() -> bool:
        return (await site.http.get(address(exposed))).content == CONTENT

    await until(arrives)
    assert site.health()["access-log"].ok
    assert "trouble" in events(site)


async def test_nats_remembers_where_it_ended(site: Site) -> None:
    await site.start()
    await site.http.get(f"http://127.0.0.1:{site.port}/x")
    await site.stop()
    held = await (await site.bus.records("exposures", Link)).get("access-log")
    assert held is not None
    checking = Checking(held.value)
    for line in b"".join(path.read_bytes() for path in log_files(folder(site))).splitlines():
        assert checking.take(line) is None
    assert (checking.end(), checking.last) == (None, held.value)
    assert events(site)[-1] == "stopped"


async def test_what_left_before_a_kill_is_known(site: Site) -> None:
    message = site.write("a.mov", os.urandom(64 * CHUNK_BYTES))
    async with started(site) as process:
        exposed = await site.expose(message)
        async with site.http.stream("GET", address(exposed)) as answer:
            await anext(answer.aiter_raw())
            process.kill()
        assert (await process.end())[0] == -signal.SIGKILL
    (begins,) = [line for line in site.logged() if line["event"] == "begins"]
    assert (begins["path"], begins["length"]) == (message.path, 64 * CHUNK_BYTES)
    async with started(site) as process:
        await until(lambda: asyncio.sleep(0, events(site).count("started") == 2))
        process.ask_to_stop()
        await process.end()
    checking = Checking()
    written = b"".join(path.read_bytes() for path in log_files(folder(site))).splitlines()
    assert [checking.take(line) for line in written] == [None] * len(written)
