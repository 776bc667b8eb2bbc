"""`python -m onehost.up`: from a `.env` to a delivered file; or all that is wrong with it, and nothing is started."""

import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

import onehost
from onehost import child, layout, nats_server, ports
from onehost.child import Child
from simulators.discord import DiscordSimulator
from simulators.frameio import FrameioSimulator
from simulators.frameio import Settings as FrameioSettings
from simulators.serving import running
from tests.e2e.studio import RULES, SHOT, eventually, sha256

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

CLIP = (Path(onehost.__file__).parent / "demo" / "clip.mov").read_bytes()
UP = (sys.executable, "-m", "onehost.up")
START_S = 60.0
NOTHING_RUNS = "nothing runs here yet: start `make up` first, in another terminal"

CLOUDFLARED = f"""#!/bin/sh
exec {sys.executable} -m simulators.cloudflared --linked-after 0.3 --host 127.0.0.1 --port "${{TUNNEL_METRICS##*:}}" \
  --origin "$TUNNEL_URL"
"""


class Home:
    """A folder with a `.env`, as a person has it beside the checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.volume = folder / "mnt"
        nats, public, tunnel, health = ports.free(4)
        self.values = {
            "VOLUME_ROOT": str(self.volume),
            "FRAMEIO_AUTH": "token",
            "FRAMEIO_TOKEN": layout.TOKEN,
            "NATS_URL": f"nats://nats:{nats}",
            "PUBLIC_PORT": str(public),
            "TUNNEL_API": f"http://cloudflared:{tunnel}",
            "TUNNEL_SETTLE_S": "0.2",
            "HEALTH_PORT": str(health),
            "WATCH_QUIET_S": "0.6",
            "SCAN_HOT_S": "0.2",
            "SCAN_NAMES_S": "0.5",
        }
        (self.volume / "EXPORTS").mkdir(parents=True)
        (folder / "config").mkdir()
        (folder / "config" / "postflow.toml").write_text(RULES)
        (folder / "bin").mkdir()

    def has_cloudflared(self) -> None:
        program = self.folder / "bin" / "cloudflared"
        program.write_text(CLOUDFLARED)
        program.chmod(0o755)

    def write(self, **changed: str) -> None:
        lines = [f"{name}={value}" for name, value in (self.values | changed).items()]
        (self.folder / ".env").write_text("# the studio's\n" + "\n".join(lines) + "\n")

    async def up(self, **environment: str) -> Child:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        inherited = dict(os.environ) | {"PATH": path, "NATS_SERVER_BIN": str(nats_server.find())} | environment
        return await child.start("up", UP, env=inherited, log=self.folder / "up.log", cwd=self.folder)

    def log(self, process: str) -> str:
        return (self.folder / ".postflow" / "logs" / f"{process}.log").read_text()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


class Accounts:
    def __init__(self, frameio: str, discord: str) -> None:
        self.frameio = frameio
        self.discord = discord

    @property
    def webhook(self) -> str:
        return f"{self.discord}/api/webhooks/{layout.WEBHOOK}"

    async def stored(self) -> list[str | None]:
        """What Frame.io has of each file; None while it has not all of it."""
        state = await self._asked(f"{self.frameio}/_sim/state")
        return [file["sha256"] for file in state["files"]]

    async def is_told(self, word: str) -> bool:
        return word in str(await self._asked(f"{self.discord}/_sim/messages"))

    async def _asked(self, address: str) -> Any:
        async with httpx.AsyncClient() as http:
            return (await http.get(address)).json()


@asynccontextmanager
async def accounts(home: Home) -> AsyncIterator[Accounts]:
    frameio = FrameioSimulator(FrameioSettings(projects=("UNDLM",), allow_http_source=True))
    discord = DiscordSimulator()
    async with running(frameio.app) as frameio_url, running(discord.app) as discord_url:
        there = Accounts(frameio_url, discord_url)
        home.write(FRAMEIO_API=there.frameio, DISCORD_WEBHOOK_URL=there.webhook)
        yield there
        violations = [*frameio.journal.refused, *discord.journal.refused]
        assert not violations, violations


async def test_delivers_a_file_through_the_tunnel_from_what_stands_in_the_file(home: Home) -> None:
    home.has_cloudflared()
    (home.folder / ".postflow").mkdir(mode=0o755)
    async with accounts(home) as there:
        up = await home.up()
        try:
            await up.line("^Everything is ready", START_S)
            target = home.volume / "EXPORTS" / SHOT
            target.parent.mkdir(parents=True)
            target.write_bytes(CLIP)

            await eventually(lambda: there.is_told("Delivered"), "the card says that it is delivered")
            assert await there.stored() == [sha256(CLIP)]
            desk = await child.start("desk", (*UP, "status"), env=os.environ, log=home.folder / "desk", cwd=home.folder)
            assert await desk.end() == 0, desk.said()
            assert "playable" in desk.said()
            assert home.log("uploader-1")
            assert home.log("uploader-2")
            kept = [path for path in (home.folder / ".postflow").rglob("*") if path.lstat().st_mode & 0o077]
            assert kept == [], "others can read it"
        finally:
            up.signal(signal.SIGINT)
            assert await up.end() == 0
    assert up.said().splitlines()[-1] == "Ending every process …"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
async def test_starts_again_what_dies_and_says_so(home: Home) -> None:
    home.has_cloudflared()
    async with accounts(home):
        up = await home.up()
        try:
            await up.line("^Everything is ready", START_S)
            (before,) = await eventually(lambda: _pids("watcher", home), "a watcher runs")
            os.kill(before, signal.SIGKILL)
            await up.line(r"^watcher was ended by SIGKILL; it is started again in 1 s", START_S)
            assert await eventually(lambda: _pids("watcher", home), "another watcher runs") != [before]
        finally:
            await up.stop(START_S)


async def test_without_cloudflared_it_starts_and_says_what_is_missing(home: Home) -> None:
    async with accounts(home):
        up = await home.up(PATH=str(home.folder / "bin"))
        try:
            await up.line("^There is no cloudflared on the PATH, .* set TUNNEL=none and PUBLIC_URL", START_S)
        finally:
            await up.stop(START_S)


async def test_without_a_file_it_says_which_to_make(home: Home) -> None:
    up = await home.up()
    assert await up.end() == 2
    assert up.said().splitlines() == ["there is no .env: copy .env.example to it, and set what differs"]


async def test_a_question_before_the_first_start_says_what_to_do(home: Home) -> None:
    home.write()
    desk = await child.start("desk", (*UP, "doctor"), env=os.environ, log=home.folder / "desk", cwd=home.folder)
    assert await desk.end() == 1
    assert desk.said().splitlines() == [NOTHING_RUNS]
    assert not (home.folder / ".postflow").exists()


async def test_a_question_while_nothing_runs_says_what_to_do(home: Home) -> None:
    home.write()
    (home.folder / ".postflow").mkdir()
    (home.folder / ".postflow" / "nats-password").write_text("kept")
    desk = await child.start("desk", (*UP, "doctor"), env=os.environ, log=home.folder / "desk", cwd=home.folder)
    assert await desk.end() == 1
    assert desk.said().splitlines() == [NOTHING_RUNS]


async def test_a_name_that_is_nearly_a_setting_is_told(home: Home) -> None:
    example = Path(__file__).resolve().parents[2] / ".env.example"
    (home.folder / ".env.example").write_text(example.read_text())
    home.write(FRAMEIO_CLIENTID="abc", VOLUME_ROOT="/nowhere/at/all")
    up = await home.up()
    assert await up.end() == 2
    assert "FRAMEIO_CLIENTID is unknown; did you mean FRAMEIO_CLIENT_ID?\n" in up.said()


async def test_says_everything_that_is_wrong_at_once_and_starts_nothing(home: Home) -> None:
    (home.folder / "config" / "postflow.toml").unlink()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        home.write(
            VOLUME_ROOT="/nowhere/at/all",
            FRAMEIO_TOKEN="",
            DISCORD_WEBHOOK_URL="https://example.com/hook",
            PUBLIC_PORT=str(port),
            WATCH_QUIET_S="soon",
            NATS_PASSWORD="7 words",
            NATS_MAX_FILE_STORE="lots",
            UPLOADERS="99",
            HEALTH_PORT="99999",
        )
        up = await home.up(NATS_SERVER_BIN="/nope")
        assert await up.end() == 2
    said = up.said()
    for name in (
        "VOLUME_ROOT",
        "FRAMEIO_TOKEN",
        "DISCORD_WEBHOOK_URL",
        "PUBLIC_PORT",
        "NATS_PASSWORD",
        "NATS_MAX_FILE_STORE",
    ):
        assert re.search(rf"^{name}\b.*: ", said, re.MULTILINE), f"{name}\n{said}"
    assert re.findall("^(UPLOADERS|HEALTH_PORT|INTERNAL_URL): .*", said, re.MULTILINE) == ["HEALTH_PORT", "UPLOADERS"]
    assert "NATS_SERVER_BIN names no nats-server" in said
    assert not (home.folder / ".postflow" / "logs").exists()


async def test_a_second_one_in_the_same_folder_is_refused(home: Home) -> None:
    home.has_cloudflared()
    async with accounts(home):
        up = await home.up()
        try:
            await up.line("^PostFlow with the settings", START_S)
            second = await home.up()
            assert await second.end() == 1
            assert re.search("^DATA_FOLDER: another PostFlow runs in .*; end it, or set", second.said(), re.MULTILINE)
        finally:
            await up.stop(START_S)


async def _pids(module: str, home: Home) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            if command[-2:-1] == [module.encode()] and (process / "cwd").readlink() == home.folder:
                found.append(int(process.name))
    return found
