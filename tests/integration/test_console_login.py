"""`postflow login` on a terminal, and what its command line takes."""

import asyncio
import os
import pty
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.messages import Refusal
from postflow.questions import (
    ASK_LOGIN_BEGIN,
    ASK_LOGIN_FINISH,
    LoginBeginAnswer,
    LoginBeginQuestion,
    LoginFinishAnswer,
    LoginFinishQuestion,
)
from tests.nats_fixtures import NatsServer

CONSOLE = (sys.executable, "-P", "-m", "console")
ADDRESS = f"https://here.example/?code={'x' * 5000}&state=s"
"""Longer than what a terminal keeps of a line."""

ON_A_TERMINAL = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.login_tty(0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Ctrl-C reaches those whose terminal it is, also where whoever started us in the background has it ignored."""

ENDS_S = 50.0


@pytest.fixture
async def pasted(bus: Bus) -> list[str]:
    """What reached the uploader."""
    heard: list[str] = []

    async def begin(_: LoginBeginQuestion) -> LoginBeginAnswer:
        return LoginBeginAnswer(authorize_url="https://ims.example/authorize", redirect_uri="https://here.example/")

    async def finish(question: LoginFinishQuestion) -> LoginFinishAnswer:
        heard.append(question.redirect)
        if question.redirect.startswith("cut"):
            refused = Refusal(code="LOGIN_INCOMPLETE", why="the code is missing", what_to_do="Paste it whole.")
            return LoginFinishAnswer(refusal=refused)
        return LoginFinishAnswer(user="Ada", account="Studio")

    await bus.answer("uploader", ASK_LOGIN_BEGIN, LoginBeginQuestion, begin)
    await bus.answer("uploader", ASK_LOGIN_FINISH, LoginFinishQuestion, finish)
    return heard


def environment(nats: NatsServer) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "NATS_URL": nats.url, "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def typed(nats: NatsServer, *keys: bytes) -> int:
    """The exit code after a person has typed this at the prompt."""
    ours, theirs = pty.openpty()
    command = (sys.executable, "-c", ON_A_TERMINAL, *CONSOLE, "login")
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(nats)) as process:
        os.close(theirs)
        deadline, said, left = time.monotonic() + ENDS_S, b"", list(keys)
        while process.poll() is None and time.monotonic() < deadline:
            if select.select([ours], [], [], 0.05)[0]:
                said += _read(ours)
            elif left and b"Address:" in said:
                os.write(ours, left.pop(0))
        process.kill()
    os.close(ours)
    return process.returncode


def _read(ours: int) -> bytes:
    with suppress(OSError):  # nobody holds the other end any more
        return os.read(ours, 65536)
    return b""


async def test_an_address_longer_than_a_terminals_line_arrives_whole(nats: NatsServer, pasted: list[str]) -> None:
    half = len(ADDRESS) // 2
    keys = (b"oops\x15a\x7f", ADDRESS[:half].encode(), ADDRESS[half:].encode(), b"\r")
    assert await asyncio.to_thread(typed, nats, *keys) == 0
    assert pasted == [ADDRESS]


async def test_after_a_bad_paste_it_asks_again_until_the_right_one(nats: NatsServer, pasted: list[str]) -> None:
    assert await asyncio.to_thread(typed, nats, b"cut\r", f"{ADDRESS}\r".encode()) == 0
    assert pasted == ["cut", ADDRESS]


async def test_it_asks_again_only_so_often(nats: NatsServer, pasted: list[str]) -> None:
    assert await asyncio.to_thread(typed, nats, *[b"cut\r"] * 9) == 1
    assert len(pasted) == 5


async def test_what_is_piped_in_is_not_asked_for_again(nats: NatsServer, pasted: list[str]) -> None:
    code, said = await told(nats, "login", stdin=b"cut\ncut\n")
    assert (code, pasted) == (1, ["cut"])
    assert said.startswith("LOGIN_INCOMPLETE")


async def test_help_names_the_command_by_its_name(nats: NatsServer) -> None:
    process = await asyncio.create_subprocess_exec(
        *CONSOLE, "--help", stdout=asyncio.subprocess.PIPE, env=environment(nats)
    )
    said, _ = await process.communicate()
    assert said.decode().strip().startswith("Usage: postflow ")


@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
async def test_a_person_can_leave_at_the_prompt(nats: NatsServer, pasted: list[str], key: bytes) -> None:
    assert await asyncio.to_thread(typed, nats, key) == 130
    assert pasted == []


async def told(nats: NatsServer, *arguments: str | bytes, stdin: bytes = b"") -> tuple[int | None, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *CONSOLE, *arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(nats)
    )
    _, words = await process.communicate(stdin)
    return process.returncode, words.decode()


async def test_the_address_can_come_by_stdin_where_nobody_sees_it(nats: NatsServer, pasted: list[str]) -> None:
    assert await told(nats, "login", "--redirect", "-", stdin=f"{ADDRESS}\n".encode()) == (0, "")
    assert pasted == [ADDRESS]


@pytest.mark.parametrize("arguments", [("why",), ("deliver",), ("rehearse",), ("pause", "--route")])
async def test_a_name_that_is_not_utf8_is_one_line(nats: NatsServer, arguments: tuple[str, ...]) -> None:
    code, words = await told(nats, *arguments, b"EXPORTS/caf\xe9.mov")
    assert (code, words) == (2, "EXPORTS/caf\\xe9.mov is not UTF-8. No file of such a name is sent: rename it.\n")


async def test_rules_are_measured_in_bytes(nats: NatsServer, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("é" * 300_000, encoding="utf-8")
    code, words = await told(nats, "rehearse", "--rules", str(rules))
    assert (code, words) == (
        2,
        f"{rules} cannot be read: 600,000 bytes are too many for rules; 500,000 is the most\n",
    )
