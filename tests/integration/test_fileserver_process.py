"""The fileserver as a process of its own: what it says, and how it ends."""

import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from fileserver.readers import CHUNK_BYTES
from postflow.messages import Condition, FileReady
from tests.integration.fileserver_site import KEYS, Site, address, until
from tests.nats_fixtures import free_port


class Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def resident_bytes(self) -> int:
        """Of memory, as the kernel counts it."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    def ask_to_stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.kill()

    async def end(self) -> tuple[int, str]:
        """Its exit code, and all that it said."""
        async with asyncio.timeout(20):
            said, _ = await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode, said.decode()


@asynccontextmanager
async def started(site: Site, **changed: str) -> AsyncIterator[Process]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "NATS_URL": str(site.settings["nats_url"]),
        "HEALTH_HOST": "127.0.0.1",
        "HEALTH_PORT": str(free_port()),
        "PUBLIC_HOST": "127.0.0.1",
        "PUBLIC_PORT": str(site.port),
        "PUBLIC_URL": str(site.settings["public_url"]),
        "TUNNEL": "none",
        "VOLUME_ROOT": str(site.root),
        "FILESERVER_DATA": str(site.settings["fileserver_data"]),
        "SIGNING_KEYS": KEYS,
        "LOG_LEVEL": "DEBUG",
    } | changed
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "fileserver",
        env={name: value for name, value in environment.items() if value},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_its_log_can_be_followed_and_holds_no_address(site: Site) -> None:
    message = site.write("a_v001.mov", os.urandom(4 * CHUNK_BYTES))
    async with started(site) as process:
        exposed = await site.expose(message)
        assert exposed.public_url is not None
        headers = {"CF-Connecting-IP": "203.0.113.9", "CF-Ray": "8c1-FRA", "User-Agent": f"a {exposed.public_url}"}
        await site.http.get(exposed.public_url, headers=headers)
        await site.http.get(exposed.public_url + "A")
        await site.stale(message)
        second = await site.exposed(message, 2)
        await site.http.get(exposed.public_url)
        await site.stale(message, 2)
        await site.exposed(message, 3)
        process.ask_to_stop()
        code, said = await process.end()
    assert code == 0
    lines = [json.loads(line) for line in said.splitlines()]
    told = [(line["event"], line.get("done")) for line in lines if line.get("action", "").startswith("fetch_")]
    assert told == [("asked for", None), ("on its way", "20 %"), ("on its way", "50 %"), ("done", None)]
    (done,) = [line for line in lines if line.get("action") == "fetch_done"]
    assert (done["name"], done["bytes_sent"], done["level"]) == ("a_v001.mov", 4 * CHUNK_BYTES, "info")
    assert done["mb_per_s"] > 0
    answered = [line for line in lines if line.get("action") == "request_answered"]
    assert [line["reported_peer"] for line in answered] == ["203.0.113.9"]
    assert [line["ray"] for line in answered] == ["8c1-FRA"]
    closed = [line["event"] for line in lines if line.get("action") == "exposure_ended"]
    assert closed == ["address closed", "address closed, and nobody came"]
    refused = [(line["status"], line["level"]) for line in lines if line.get("action") == "request_refused"]
    assert refused == [(404, "debug"), (410, "info")]
    for told_of in (exposed.public_url, str(second.public_url)):
        for secret in (told_of.split("/")[-1], told_of.split("/")[-4]):
            assert secret not in said, "a signature or an exposure's id"


async def test_a_running_pull_is_finished_before_it_ends(site: Site) -> None:
    content = os.urandom(32 * CHUNK_BYTES)
    message = site.write("a.mov", content)
    async with started(site) as process:
        exposed = await site.expose(message)
        assert exposed.public_url is not None
        async with site.http.stream("GET", exposed.public_url) as answer:
            process.ask_to_stop()
            await until(lambda: _refuses(site))
            assert b"".join([chunk async for chunk in answer.aiter_raw()]) == content
        code, _ = await process.end()
    assert code == 0
    assert (await site.record(message)).covered == ((0, len(content)),)


async def _refuses(site: Site) -> bool:
    try:
        await site.http.get(f"http://127.0.0.1:{site.port}/", headers={"Connection": "close"})
    except httpx.TransportError:
        return True
    return False


async def test_a_pull_that_takes_too_long_is_cut_and_what_was_sent_is_known(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fileserver.__main__.DRAIN_S", 1.0)
    await site.start()
    message = site.write("a.mov", bytes(64 * CHUNK_BYTES))
    exposed = await site.expose(message)
    assert exposed.public_url is not None
    async with site.http.stream("GET", exposed.public_url) as answer:
        await site.stop()
        with pytest.raises(httpx.TransportError):
            await answer.aread()
    record = await site.record(message)
    assert record.covered[0][0] == 0
    assert 0 < record.covered[0][1] < 64 * CHUNK_BYTES
    assert not record.tainted
    assert record.cut_by_us


async def test_a_fetch_that_a_kill_has_cut_is_known_to_be_cut_by_us_until_somebody_comes_again(site: Site) -> None:
    content = bytes(64 * CHUNK_BYTES)
    message = site.write("a.mov", content)
    async with started(site) as process:
        exposed = await site.expose(message)
        async with site.http.stream("GET", address(exposed)) as answer:
            await until(lambda: _is_fetching(site, message))
            assert not (await site.transfer(message)).cut_by_us
            process.kill()
            with pytest.raises(httpx.TransportError):
                await answer.aread()
        await process.end()
    async with started(site):
        await until(lambda: _answers(site))
        told = await site.transfer(message)
        assert (told.cut_by_us, told.is_open) == (True, True)
        assert len((await site.http.get(address(exposed))).content) == len(content)
        assert not (await site.transfer(message)).cut_by_us


async def test_three_ends_in_one_long_fetch_are_all_ours_and_it_is_resumed_each_time(site: Site) -> None:
    message = site.write("a.mov", os.urandom(64 * CHUNK_BYTES))
    content, received, url = site.path(message).read_bytes(), b"", ""
    for _ in range(3):
        async with started(site) as process:
            url = url or address(await site.expose(message))
            await until(lambda: _answers(site))
            async with site.http.stream("GET", url, headers={"Range": f"bytes={len(received)}-"}) as answer:
                await until(lambda: _is_fetching(site, message))
                chunks = answer.aiter_raw(CHUNK_BYTES)
                received += await anext(chunks)
                process.kill()
            await process.end()
    async with started(site):
        await until(lambda: _answers(site))
        told = await site.transfer(message)
        assert (told.cut_by_us, told.is_open) == (True, True)
        rest = await site.http.get(url, headers={"Range": f"bytes={len(received)}-"})
        assert received + rest.content == content
        assert not (await site.transfer(message)).cut_by_us


async def _answers(site: Site) -> bool:
    try:
        return (await site.http.head(f"{site.settings['public_url']}/")).status_code > 0
    except httpx.TransportError:
        return False


async def _is_fetching(site: Site, message: FileReady) -> bool:
    return (await site.record(message)).fetching


async def test_a_client_that_leaves_was_not_cut_by_us(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", bytes(64 * CHUNK_BYTES))
    exposed = await site.expose(message)
    async with site.http.stream("GET", address(exposed)):
        await until(lambda: _is_fetching(site, message))

    async def is_over() -> bool:
        return not await _is_fetching(site, message)

    await until(is_over)
    assert not (await site.transfer(message)).cut_by_us


async def test_people_hear_of_a_tunnel_that_is_not_up_in_time_with_what_its_sidecar_says(site: Site) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    heard: list[Condition] = []

    async def is_told() -> bool:
        said = await site.bus.last("postflow.condition.tunnel.*")
        heard.extend([said] if isinstance(said, Condition) else [])
        return bool(heard)

    async with started(site, TUNNEL="cloudflared", PUBLIC_URL="", TUNNEL_API=nobody, TUNNEL_START_S="2") as process:
        await until(is_told)
        process.ask_to_stop()
        assert (await process.end())[0] == 0
    assert heard[0].state == "raised"
    assert "not up within 2 s: cloudflared does not answer" in heard[0].what
    assert "TUNNEL_API" in heard[0].what_to_do


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"TUNNEL": "frp"}, "TUNNEL: must be 'cloudflared', 'ngrok' or 'none', not 'frp'"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL: is required with TUNNEL=none"),
        ({"SIGNING_KEYS": "", "SECRET_KEY": "hush"}, "SECRET_KEY: must have at least 32 characters"),
    ],
)
async def test_wrong_settings_end_it_with_one_line(site: Site, changed: dict[str, str], said: str) -> None:
    async with started(site, **changed) as process:
        code, line = await process.end()
    assert code == 2
    assert line.startswith(said)
    assert line.count("\n") == 1


async def test_a_port_that_is_taken_is_said_in_one_line(site: Site) -> None:
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", site.port)
    async with server, started(site) as process:
        code, said = await process.end()
    assert code == 2
    assert "PUBLIC_PORT: cannot listen on" in said
