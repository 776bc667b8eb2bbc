"""The relay as a process of its own: on a real socket, before a simulated daemon."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from simulators.faults import Delay, Reset
from simulators.lucidlink import LucidlinkSimulator
from simulators.lucidlink.faults import Nonsense, Status
from simulators.serving import running
from tests.nats_fixtures import free_port
from tests.unit.watcher.fakes import FakeClock
from watcher.lucidlink import client, linked
from watcher.relay.app import MOST_BYTES
from watcher.uploads import Word

FILES = "/v1/film.studio/files"


class Process:
    def __init__(self, folder: Path) -> None:
        self.socket = folder / "api.sock"
        self.log = folder / "relay.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def api(self) -> str:
        return f"unix://{self.socket}"

    def run(self, daemon: str) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "HOME")}
        environment = kept | {"LUCIDLINK_DAEMON": daemon, "LUCIDLINK_SOCKET": str(self.socket)}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "watcher.relay"]
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        return self._process

    async def start(self, daemon: str) -> None:
        process = self.run(daemon)
        async with asyncio.timeout(20):
            while not _accepts(self.socket):
                assert process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.02)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(timeout=20)
        self._process = None
        return code


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.fixture
def relay() -> Iterator[Process]:
    # The name of a socket has about a hundred letters at most.
    with tempfile.TemporaryDirectory(prefix="relay-") as folder:
        made = Process(Path(folder))
        yield made
        made.end(signal.SIGKILL)


class Scene:
    def __init__(self, daemon: LucidlinkSimulator, relay: Process, http: httpx.AsyncClient) -> None:
        self.daemon = daemon
        self.relay = relay
        self.http = http


@pytest.fixture
async def scene(relay: Process) -> AsyncIterator[Scene]:
    daemon = LucidlinkSimulator()
    async with running(daemon.app) as base_url:
        await relay.start(base_url)
        async with client(relay.api) as http:
            yield Scene(daemon, relay, http)
    assert daemon.journal.violations == 0


async def test_the_watcher_asks_through_it(scene: Scene) -> None:
    path = "EXPORTS/SQ 01/é #1 & 2?+%41.mov"
    scene.daemon.uploading = {f"/{path}"}
    async with linked(scene.relay.api, "film.studio", FakeClock()) as asks:
        assert asks is not None
        words = await asyncio.gather(*(asks.word(name) for name in (path, *(f"{number}.mov" for number in range(30)))))
        assert words == [Word.UPLOADING, *[Word.CLEAR] * 30]
        scene.daemon.faults.queue(Status(status=500))
        assert await asks.word(path) is Word.UNKNOWN
        assert not asks.is_silent
    assert f"/{path}" in scene.daemon.asked


REFUSED = [
    ("GET", "/"),
    ("GET", "/v1/film.studio"),
    ("GET", "/v1/film.studio/files/"),
    ("GET", f"{FILES}/EXPORTS?path=/a"),
    ("GET", "/v1/film.studio/cache/info"),
    ("GET", "/fsEntry?path=/a"),
    ("GET", "/v1/../app/files?path=/a"),
    ("GET", "/v1/film.studio%2F..%2Fother/files?path=/a"),
    ("GET", "/v1/..%2f..%2fapp/files?path=/a"),
    ("GET", "/V1/film.studio/files?path=/a"),
    ("GET", "//v1/film.studio/files?path=/a"),
    ("GET", "/v1/film%0d%0aX:1/files?path=/a"),
    ("GET", FILES),
    ("GET", f"{FILES}?path=a"),
    ("GET", f"{FILES}?path=/a&path=/b"),
    ("GET", f"{FILES}?path=/a&depth=9"),
    ("GET", f"{FILES}?path=/a%00b"),
    ("GET", f"{FILES}?path=/{'a' * 5000}"),
    *((method, f"{FILES}?path=/a") for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")),
    ("PUT", "/app/sync"),
]


async def test_nothing_else_passes(scene: Scene) -> None:
    passed = []
    for method, address in REFUSED:
        request = scene.http.build_request(method, "http://relay")
        request.url = request.url.copy_with(raw_path=address.encode())
        if (await scene.http.send(request)).status_code != 404:
            passed.append((method, address))
    assert passed == []
    assert list(scene.daemon.journal.calls) == []


async def test_neither_headers_nor_a_body_pass(scene: Scene) -> None:
    seen = []
    told = scene.daemon.app

    async def noting(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        seen.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await told(scope, receive, send)

    async with running(noting) as base_url:
        scene.relay.end()
        await scene.relay.start(base_url)
        headers = {"cookie": "a=b", "authorization": "Bearer word", "x-http-method-override": "PUT"}
        answer = await scene.http.request("GET", f"{FILES}?path=/a", headers=headers, content=b"body")
    assert answer.json()["files"][0]["remoteUpload"] == "no"
    assert set(seen[0]) == {"host", "accept", "accept-encoding", "connection", "user-agent"}


async def test_a_daemon_that_fails_is_told_by_a_status(scene: Scene) -> None:
    address = f"{FILES}?path=/a"
    scene.daemon.faults.queue(Status(status=500), Nonsense(body="a" * (MOST_BYTES + 1)))
    statuses = [(await scene.http.get(address)).status_code for _ in range(2)]
    scene.daemon.faults.queue(Reset())
    statuses.append((await scene.http.get(address)).status_code)
    assert statuses == [500, 502, 502]
    assert (await scene.http.get(address)).status_code == 200


async def test_one_that_is_not_there_is_silent_to_the_watcher(relay: Process) -> None:
    await relay.start(f"http://127.0.0.1:{free_port()}")
    async with linked(relay.api, "film.studio", FakeClock()) as asks:
        assert asks is not None
        assert await asks.word("a.mov") is Word.UNKNOWN
        assert asks.is_silent
        assert "nothing answers behind it (502)" in asks.check().detail


async def test_it_ends_when_told_also_while_somebody_waits_and_starts_where_a_killed_one_was(scene: Scene) -> None:
    assert stat.S_IMODE(scene.relay.socket.stat().st_mode) == 0o660
    scene.daemon.faults.queue(Delay(delay_s=0.5))
    waiting = asyncio.create_task(scene.http.get(f"{FILES}?path=/a"))
    async with asyncio.timeout(10):
        while not scene.daemon.asked:
            await asyncio.sleep(0.02)
    assert await asyncio.to_thread(scene.relay.end) == 0
    assert (await waiting).status_code == 200
    assert not scene.relay.socket.exists()
    async with running(scene.daemon.app) as base_url:
        await scene.relay.start(base_url)
        scene.relay.end(signal.SIGKILL)
        assert scene.relay.socket.exists()
        await scene.relay.start(base_url)
        assert (await scene.http.get(f"{FILES}?path=/a")).status_code == 200


@pytest.mark.parametrize(
    ("daemon", "said"),
    [
        ("", "LUCIDLINK_DAEMON: is required and not set"),
        ("http://192.0.2.1:9778", "LUCIDLINK_DAEMON: must be an address of this machine alone"),
        ("9778", "LUCIDLINK_DAEMON: must be an address like http://127.0.0.1:9778"),
    ],
)
def test_an_address_elsewhere_is_refused(relay: Process, daemon: str, said: str) -> None:
    assert relay.run(daemon).wait(timeout=20) == 2
    assert relay.log.read_text().startswith(said)


def test_it_takes_no_file_of_somebody_elses_away(relay: Process) -> None:
    relay.socket.write_text("a file")
    assert relay.run("http://127.0.0.1:9778").wait(timeout=20) == 2
    assert "LUCIDLINK_SOCKET: cannot listen on" in relay.log.read_text()
    assert relay.socket.read_text() == "a file"
