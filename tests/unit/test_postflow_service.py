"""The life of a service: how it ends, with what exit code and which words, and what it says while it waits."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager

import httpx
import pytest

from postflow.errors import PostFlowError, SettingsError
from postflow.service import Service, every, run, run_all
from postflow.serving import PortTaken
from postflow.settings import ServiceSettings
from postflow.telemetry import Telemetry
from postflow.waiting import Stopped
from tests.nats_fixtures import free_port

PROGRAM = """\
from postflow.service import run, run_all, running
from postflow.settings import ServiceSettings, load

async def main():
    settings = load(ServiceSettings)
    async with running("example", settings) as service:
        await service.connect("uploader")
        await run_all(service)

run(main)
"""


def ending(main: Callable[[], Coroutine[None, None, None]]) -> object:
    """The exit code that `run` ends with."""
    try:
        run(main)
    except SystemExit as end:
        return end.code
    return 0


def raising(error: Exception) -> Callable[[], Coroutine[None, None, None]]:
    async def main() -> None:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        pytest.param(Stopped("asked to stop while waiting"), 0, "", id="asked-to-stop"),
        pytest.param(
            SettingsError(["A: is required and not set", "B: no number"]),
            2,
            "A: is required and not set\nB: no number\n",
            id="wrong-settings",
        ),
        pytest.param(PortTaken("cannot listen on a:1"), 2, "cannot listen on a:1\n", id="port-taken"),
        pytest.param(PostFlowError("the client closed for good"), 1, "the client closed for good\n", id="broken"),
    ],
)
def test_an_end_has_an_exit_code_and_one_line_for_each_reason(
    capsys: pytest.CaptureFixture[str], error: Exception, code: int, words: str
) -> None:
    assert ending(raising(error)) == code
    assert capsys.readouterr().err == words


def test_a_defect_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(raising(ZeroDivisionError()))


@pytest.fixture
def service() -> Service:
    return Service("example", ServiceSettings(), Telemetry())


async def test_every_part_runs_until_the_service_stops(service: Service) -> None:
    ended: list[str] = []

    async def part(name: str) -> None:
        await service.stop.wait()
        ended.append(name)

    async def stop() -> None:
        service.stop.set()

    await run_all(service, part("a"), part("b"), stop())
    assert sorted(ended) == ["a", "b"]


async def test_a_part_that_breaks_ends_the_others_and_the_service(service: Service) -> None:
    cancelled = asyncio.Event()

    async def waiting() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def broken() -> None:
        raise ValueError("no answer from https://film.example/x/a/1/k/hush")

    with pytest.raises(PostFlowError, match=r"^ValueError: no answer from https://film.example/x/\[signed\]$"):
        await run_all(service, waiting(), broken())
    assert cancelled.is_set()
    assert service.stop.is_set()


async def test_a_part_that_breaks_while_stopping_is_an_error_too(service: Service) -> None:
    async def broken() -> None:
        await service.stop.wait()
        raise ValueError

    service.stop.set()
    with pytest.raises(PostFlowError, match="broken"):
        await run_all(service, broken())


async def test_of_parts_within_a_part_the_first_error_is_told(service: Service) -> None:
    async def broken() -> None:
        raise ExceptionGroup("parts", [ExceptionGroup("parts", [ValueError("this one")]), OSError("not this one")])

    with pytest.raises(PostFlowError, match=r"^ValueError: this one$"):
        await run_all(service, broken())


async def test_a_service_that_failed_ends_with_the_reason(service: Service) -> None:
    service.fail("the NATS client closed for good")
    service.fail("and again")
    with pytest.raises(PostFlowError, match=r"^the NATS client closed for good$"):
        await run_all(service)


async def test_what_fails_after_the_stop_is_no_failure(service: Service) -> None:
    service.stop.set()
    service.fail("the NATS client closed for good")
    await run_all(service)


async def test_work_is_done_at_once_and_again_until_the_stop() -> None:
    stop, done = asyncio.Event(), 0

    async def work() -> None:
        nonlocal done
        done += 1
        if done == 3:
            stop.set()

    async with asyncio.timeout(5):
        await every(0.001, stop, work)
    assert done == 3


async def test_a_long_period_does_not_hold_up_the_stop() -> None:
    stop = asyncio.Event()

    async def work() -> None:
        asyncio.get_running_loop().call_soon(stop.set)

    async with asyncio.timeout(5):
        await every(3600, stop, work)


async def test_no_work_is_begun_after_the_stop() -> None:
    stop = asyncio.Event()
    stop.set()
    await every(0.001, stop, lambda: pytest.fail("began"))


@contextmanager
def started(**environment: str) -> Iterator[subprocess.Popen[str]]:
    """A service in a process of its own, without any NATS."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "OTEL_"))}
    settings = {"NATS_URL": f"nats://127.0.0.1:{free_port()}", "HEALTH_HOST": "127.0.0.1", "HEALTH_PORT": "0"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=inherited | settings | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def said(process: subprocess.Popen[str], action: str) -> dict[str, object]:
    """Read lines of its log until one tells of that action."""
    assert process.stdout is not None
    for line in process.stdout:
        told: dict[str, object] = json.loads(line)
        if told.get("action") == action:
            return told
    pytest.fail(f"it never told of {action}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_waits_for_nats_says_so_and_ends_when_asked(number: signal.Signals) -> None:
    with started() as process:
        address = f"http://127.0.0.1:{said(process, 'started')['health_port']}"
        assert httpx.get(f"{address}/livez").status_code == 200
        check = nats_check(address)
        while not check["detail"].startswith("waiting for NATS ("):
            time.sleep(0.02)
            check = nats_check(address)
        assert "NATS_URL" in check["what_to_do"]
        process.send_signal(number)
        assert said(process, "stopped")["failed"] is None
        assert process.wait(10) == 0


def nats_check(address: str) -> dict[str, str]:
    readiness = httpx.get(f"{address}/readyz")
    assert readiness.status_code == 503
    check: dict[str, str] = readiness.json()["checks"]["nats"]
    return check


def test_a_port_that_is_taken_is_one_line_that_names_the_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with started(HEALTH_PORT=str(port)) as process:
            _, words = process.communicate(timeout=20)
    assert process.returncode == 2
    assert words == (
        f"HEALTH_PORT: cannot listen on 127.0.0.1:{port} (Address already in use); end what listens there, or set a "
        "free port\n"
    )


@pytest.mark.parametrize("host", ["nowhere.invalid", "::nowhere", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_one_line_that_names_the_setting(host: str) -> None:
    with started(HEALTH_HOST=host) as process:
        _, words = process.communicate(timeout=20)
    assert process.returncode == 2
    (line,) = words.splitlines()
    assert line.startswith(f"HEALTH_HOST: cannot listen on {host}:0 (")
    assert line.endswith("); set an address of this machine, or 0.0.0.0 for all of them")


def test_wrong_settings_are_a_line_each() -> None:
    with started(HEALTH_PORT="x", LOG_LEVEL="LOUD") as process:
        _, words = process.communicate(timeout=20)
    assert process.returncode == 2
    assert [line.partition(":")[0] for line in words.splitlines()] == ["HEALTH_PORT", "LOG_LEVEL"]


def test_what_only_opentelemetry_itself_refuses_is_one_line_too() -> None:
    tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "9999"}
    with started(**tracing) as process:
        _, words = process.communicate(timeout=20)
    assert process.returncode == 2
    assert words == (
        "OTEL_…: max_export_batch_size must be less than or equal to max_queue_size; "
        "correct that variable, or unset it\n"
    )


def test_what_is_empty_for_opentelemetry_is_not_set() -> None:
    empty = (
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_TRACES_SAMPLER",
        "OTEL_EXPORTER_OTLP_HEADERS",
    )
    with started(**{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"} | dict.fromkeys(empty, "")) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["action"] == "started"
