"""A service and its broker: what it says while it is not let in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from onehost import nats_server
from tests.e2e.studio import eventually
from tests.nats_fixtures import free_port, wait_for_port

LOGIN = {"NATS_USER": "postflow", "NATS_PASSWORD": "right"}
TRIES = 4
"""nats-server says why it hangs up the first time; later the line may be cut before."""

REFUSED = "it refuses NATS_USER and NATS_PASSWORD: authorization violation"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """The address of a nats-server with a login; its log is `nats.log`."""
    binary, port = nats_server.find(), free_port()
    config = tmp_path / "nats.conf"
    config.write_text(nats_server.configuration(binary, port=port, store=tmp_path / "store", has_login=True))
    with (tmp_path / "nats.log").open("wb") as log:
        server = subprocess.Popen([binary, "-c", config], stdout=log, stderr=log, env=dict(os.environ) | LOGIN)
    wait_for_port(port)
    yield f"nats://127.0.0.1:{port}"
    server.kill()
    server.wait()


@contextmanager
def notifier(folder: Path, **environment: str) -> Iterator[str]:
    """The address of its health server; its log is `notifier.log`."""
    port = free_port()
    health = {"HEALTH_HOST": "127.0.0.1", "HEALTH_PORT": str(port)}
    with (folder / "notifier.log").open("wb") as log:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "OTEL_"))}
        process = subprocess.Popen(
            [sys.executable, "-m", "notifier"], env=inherited | health | environment, stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


async def test_a_wrong_password_is_the_reason_however_the_server_hangs_up(broker: str, tmp_path: Path) -> None:
    reasons: set[str] = set()

    async def has_tried(client: httpx.AsyncClient, address: str) -> bool:
        try:
            check = (await client.get(f"{address}/readyz")).json()["checks"]["nats"]
        except httpx.ConnectError:
            return False
        reasons.add(check["detail"])
        return (tmp_path / "nats.log").read_text().count("authentication error") >= TRIES

    with notifier(tmp_path, NATS_URL=broker, **LOGIN | {"NATS_PASSWORD": "wrong"}) as address:
        async with httpx.AsyncClient() as client:
            await eventually(lambda: has_tried(client, address), "it was refused again and again", 30)
    assert reasons - {"waiting for NATS"} == {f"waiting for NATS ({REFUSED})"}
    lines = [json.loads(line) for line in (tmp_path / "notifier.log").read_text().splitlines()]
    assert {line["why"] for line in lines if line.get("action") == "nats_wait"} == {REFUSED}


@pytest.fixture
def without_jetstream() -> Iterator[str]:
    """The address of a nats-server that takes us, and cannot say what is there."""
    port = free_port()
    command = [str(nats_server.find()), "--addr", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        wait_for_port(port)
        yield f"nats://127.0.0.1:{port}"
        server.kill()


async def test_only_what_is_known_to_be_missing_is_for_provision_to_make(
    without_jetstream: str, tmp_path: Path
) -> None:
    seen: list[dict[str, str]] = []

    async def says_more(client: httpx.AsyncClient, address: str) -> bool:
        try:
            seen.append((await client.get(f"{address}/readyz")).json()["checks"]["nats"])
        except httpx.ConnectError:
            return False
        return "durable" in seen[-1]["detail"]

    with notifier(tmp_path, NATS_URL=without_jetstream) as address:
        async with httpx.AsyncClient() as client:
            await eventually(lambda: says_more(client, address), "it says what it waits for", 30)
    assert seen[-1]["detail"].startswith("waiting for NATS, which does not say whether there is a durable notifier (")
    assert seen[-1]["what_to_do"].endswith("and that nats-server runs with JetStream.")
