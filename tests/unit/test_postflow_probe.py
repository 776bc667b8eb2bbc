"""The probe says what the health server says, in a line, and never hangs on it."""

import asyncio

import pytest

from postflow import probe
from postflow.checks import Check
from postflow.health import Health
from postflow.serving import serving


async def probed(health: Health, *arguments: str) -> int:
    async with serving(health.app(), "127.0.0.1", 0, variable="HEALTH_PORT") as port:
        return await asyncio.to_thread(probe.main, arguments, {"HEALTH_PORT": str(port)})


async def test_a_service_that_is_ready_is_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    health = Health()
    health.add("nats", lambda: Check(True, "connected"))
    assert await probed(health) == 0
    assert capsys.readouterr().out == "ok\n"


async def test_a_service_that_is_not_ready_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    health = Health()
    health.add("nats", lambda: Check(True, "connected"))
    health.add("volume", lambda: Check(False, "the canary is not there", "Mount it."))
    assert await probed(health) == 1
    assert capsys.readouterr().out == "volume: the canary is not there\n"


async def test_a_service_that_lives_is_alive_before_it_is_ready() -> None:
    health = Health()
    health.add("nats", lambda: Check(False, "waiting"))
    assert await probed(health, "livez") == 0


def test_a_port_where_nobody_listens_is_unhealthy(capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main([], {"HEALTH_PORT": "1"}) == 1
    assert "nothing answers on 127.0.0.1:1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({}, ("127.0.0.1", 8081)),
        ({"HEALTH_HOST": "0.0.0.0", "HEALTH_PORT": "9000"}, ("127.0.0.1", 9000)),
        ({"HEALTH_HOST": "127.0.0.2", "HEALTH_PORT": ""}, ("127.0.0.2", 8081)),
    ],
)
def test_it_asks_where_the_settings_say(environment: dict[str, str], place: tuple[str, int]) -> None:
    assert probe.where(environment) == place


def test_an_answer_it_cannot_read_is_shown_as_it_is() -> None:
    assert probe.trouble(b"Bad Gateway\n") == "Bad Gateway"
