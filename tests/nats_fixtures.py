"""Edge: a real nats-server for a test, on a free port with a store of its own."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from onehost import nats_server, ports
from postflow import connecting, provision
from postflow.bus import Bus
from postflow.telemetry import Telemetry


class NatsServer:
    """A nats-server that a test may stop, kill and start again on the same port and store."""

    def __init__(self, folder: Path, max_file_store: str = "1G") -> None:
        self._max_file_store = max_file_store
        self._binary = nats_server.find()
        self._folder = folder
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "nats.conf"
        config.write_text(
            nats_server.configuration(
                self._binary, port=self.port, store=self._folder / "store", max_file_store=self._max_file_store
            )
        )
        with (self._folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen([self._binary, "-c", config], stdout=log, stderr=log)
        wait_for_port(self.port)

    def stop(self) -> None:
        self._end(kill=False)

    def kill(self) -> None:
        self._end(kill=True)

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(timeout=20)
        self._process = None


def free_port() -> int:
    (port,) = ports.free(1)
    return port


def wait_for_port(port: int, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@asynccontextmanager
async def connected(url: str, telemetry: Telemetry | None = None, name: str = "test") -> AsyncIterator[Bus]:
    bus = await asyncio.wait_for(
        connecting.connect(
            url,
            name=name,
            user=None,
            password=None,
            telemetry=telemetry or Telemetry(),
            on_closed=lambda: None,
            on_trouble=lambda reason: None,
        ),
        timeout=20,
    )
    try:
        yield bus
    finally:
        await bus.close()


@pytest.fixture(autouse=True)
def _short_pulls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader ends with its pull: two seconds in every test would add up."""
    monkeypatch.setattr("postflow.reading.FETCH_TIMEOUT_S", 0.2)


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    """A connection to a server that has been provisioned."""
    async with connected(nats.url) as connection:
        await provision.provision(connection)
        yield connection
