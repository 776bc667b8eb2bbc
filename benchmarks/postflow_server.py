"""Edge: our own fileserver with a broker, and signed addresses of files on its volume."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from postflow import provision
from postflow.messages import FileExposed
from tests.examples import destination, ready
from tests.nats_fixtures import NatsServer, connected, free_port, wait_for_port

EXPOSED_S = 60.0
START_S = 60.0
STOP_S = 20.0


@dataclass(frozen=True, slots=True)
class Started:
    pid: int
    nats_url: str
    folder: Path

    async def addresses(self, names: list[str]) -> list[str]:
        """Have each file exposed."""
        async with connected(self.nats_url, name="benchmark") as bus:
            exposed = await bus.client.subscribe("postflow.file.exposed.*")
            for name in names:
                found = (self.folder / name).stat()
                about = {"path": name, "size_bytes": found.st_size, "mtime_ns": found.st_mtime_ns}
                await bus.publish(ready(**(about | {"destination": destination(name=name)})))
            told = [FileExposed.model_validate_json((await exposed.next_msg(EXPOSED_S)).data) for _ in names]
        by_path = {each.path: str(each.public_url) for each in told}
        return [by_path[name] for name in names]


@contextmanager
def started(folder: Path, scratch: Path) -> Iterator[Started]:
    nats = NatsServer(scratch / "nats")
    nats.start()
    try:
        asyncio.run(_provision(nats.url))
        port = free_port()
        with (scratch / "log").open("ab") as log, ending(_process(nats.url, folder, port, log.fileno())) as pid:
            wait_for_port(port, START_S)
            yield Started(pid, nats.url, folder)
    finally:
        nats.stop()


async def _provision(url: str) -> None:
    async with connected(url, name="benchmark") as bus:
        await provision.provision(bus)


def _process(nats_url: str, folder: Path, port: int, log: int) -> "subprocess.Popen[bytes]":
    environment = os.environ | {
        "NATS_URL": nats_url,
        "HEALTH_HOST": "127.0.0.1",
        "HEALTH_PORT": str(free_port()),
        "PUBLIC_HOST": "127.0.0.1",
        "PUBLIC_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TUNNEL": "none",
        "VOLUME_ROOT": str(folder),
        "UPLOADS_IN_FLIGHT": "16",
    }
    return subprocess.Popen([sys.executable, "-m", "fileserver"], env=environment, stdout=log, stderr=log)


@contextmanager
def ending(process: "subprocess.Popen[bytes]") -> Iterator[int]:
    """Its pid, until the block ends and it with it."""
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
