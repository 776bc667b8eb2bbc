"""Provision, and nats-servers that will not do: one line with what to do."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from onehost import nats_server
from tests.nats_fixtures import NatsServer, free_port, wait_for_port

WITHOUT_JETSTREAM = "listen: 127.0.0.1:{port}\n"
ACCOUNT_WITHOUT = """
listen: 127.0.0.1:{port}
jetstream {{ store_dir: "{store}" }}
accounts {{ STUDIO: {{ users: [{{user: studio, password: right}}] }} }}
"""
USER_WITHOUT_RIGHTS = """
listen: 127.0.0.1:{port}
jetstream {{ store_dir: "{store}" }}
authorization {{ users: [{{user: studio, password: right, permissions: {{publish: "postflow.>"}}}}] }}
"""
LOGIN = {"NATS_USER": "studio", "NATS_PASSWORD": "right"}

OLD = {
    "server_id": "OLD",
    "version": "2.10.29",
    "proto": 1,
    "max_payload": 1048576,
    "headers": True,
    "jetstream": True,
}


@contextmanager
def broker(folder: Path, config: str) -> Iterator[str]:
    port = free_port()
    (folder / "nats.conf").write_text(config.format(port=port, store=folder / "store"))
    server = subprocess.Popen(
        [nats_server.find(), "-c", folder / "nats.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for_port(port)
    yield f"nats://127.0.0.1:{port}"
    server.kill()
    server.wait()


async def provision(url: str, **environment: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, what it logged, and what it wrote to standard error."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "OTEL_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "postflow.provision"),
        env=inherited | {"NATS_URL": url} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 40)
    return process.returncode or 0, [json.loads(line) for line in out.splitlines()], err.decode()


@pytest.mark.parametrize(
    ("config", "why"),
    [
        pytest.param(WITHOUT_JETSTREAM, "nats-server runs without JetStream, or this account has none", id="server"),
        pytest.param(ACCOUNT_WITHOUT, "nats-server runs without JetStream, or this account has none", id="account"),
        pytest.param(USER_WITHOUT_RIGHTS, 'nats: permissions violation for publish to "$js.api.info"', id="rights"),
    ],
)
async def test_a_server_that_stores_nothing_for_us_is_one_line(tmp_path: Path, config: str, why: str) -> None:
    with broker(tmp_path, config) as url:
        code, lines, err = await provision(url, **LOGIN)
    assert (code, err) == (1, "")
    (line,) = lines
    assert (line["event"], line["why"]) == ("cannot provision", why)
    assert "JetStream" in why or "$JS.API.>" in line["what_to_do"]
    assert line["what_to_do"]


async def test_an_old_server_is_one_line_with_the_release_that_will_do() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As far as a client needs it to be connected."""
        writer.write(f"INFO {json.dumps(OLD)}\r\n".encode())
        async for line in reader:
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        code, lines, err = await provision(f"nats://127.0.0.1:{port}")
    assert (code, err) == (1, "")
    (line,) = lines
    assert line["why"].startswith("nats-server 2.10.29")
    assert "too old" in line["why"]
    assert line["what_to_do"] == "Run nats-server 2.12 or later."


async def test_wrong_settings_are_a_line_each() -> None:
    code, lines, err = await provision("nats", LOG_LEVEL="LOUD")
    assert (code, lines) == (2, [])
    assert [line.partition(":")[0] for line in err.splitlines()] == ["LOG_LEVEL", "NATS_URL"]


async def test_it_says_that_all_is_there_and_again_if_it_was(nats: NatsServer) -> None:
    for _ in range(2):
        code, lines, err = await provision(nats.url)
        assert (code, err) == (0, "")
        assert [line["event"] for line in lines] == ["stream, durables and buckets are there"]
