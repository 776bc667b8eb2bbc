"""Edge: how simulators are run, in a test and as commands."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from simulators.serving import ConnectionCut, running

PROJECT = "UNDLM"
FRAMEIO = ["simulators.frameio", "--project", PROJECT, "--token", "secret"]
DISCORD = ["simulators.discord", "--webhook", "1100000000000000009/a-token"]
OTLP = ["simulators.otlp"]


async def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


async def cut(_: Request) -> Response:
    return ConnectionCut()


APP = Starlette(routes=[Route("/", hello), Route("/cut", cut)])


async def test_accepts_as_soon_as_it_yields_its_address() -> None:
    async with running(APP) as base_url, httpx.AsyncClient() as client:
        assert (await client.get(base_url)).text == "hello"


async def test_refuses_connections_after_the_block() -> None:
    async with running(APP) as base_url:
        pass
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(base_url)


async def test_says_that_a_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            async with running(APP, port=port):
                pass


async def test_leaves_the_signals_to_the_caller() -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with running(APP):
        assert signal.getsignal(signal.SIGTERM) is before


async def test_cuts_a_connection_without_a_byte() -> None:
    async with running(APP) as base_url, httpx.AsyncClient() as client:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.get(f"{base_url}/cut")
        assert (await client.get(base_url)).text == "hello"


async def started(module: str, *arguments: str) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
    return process, line.removeprefix("listening on ")


@pytest.mark.parametrize("command", [FRAMEIO, DISCORD, OTLP], ids=["frameio", "discord", "otlp"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
async def test_a_command_says_where_it_listens_and_ends_when_told(command: list[str], number: int) -> None:
    process, base_url = await started(*command)
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{base_url}/_sim/health")).json() == {"status": "ok"}
    process.send_signal(number)
    output, errors = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, output, errors) == (0, b"", b"")


async def test_a_command_has_the_projects_and_tokens_it_was_given() -> None:
    process, base_url = await started(*FRAMEIO)
    async with httpx.AsyncClient(base_url=base_url, headers={"authorization": "Bearer secret"}) as client:
        account = (await client.get("/v4/accounts")).json()["data"][0]["id"]
        projects = (await client.get(f"/v4/accounts/{account}/projects")).json()["data"]
    assert [project["name"] for project in projects] == [PROJECT]
    process.terminate()
    await process.communicate()


async def test_a_command_says_in_one_line_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process, line = await started("simulators.otlp", "--port", port)
        _, errors = await process.communicate()
    assert (process.returncode, line) == (1, "")
    assert errors.decode() == f"cannot listen on 127.0.0.1:{port}: Address already in use\n"


async def test_a_command_refuses_settings_that_make_no_sense() -> None:
    process, _ = await started("simulators.frameio", "--limit-scale", "0")
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"limit_scale" in errors
