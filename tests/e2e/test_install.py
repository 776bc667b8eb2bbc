"""A newcomer follows docs/install.md word for word, without Docker and with simulators in the place of the accounts."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from onehost import child, layout, nats_server
from simulators.discord import DiscordSimulator
from simulators.frameio import FrameioSimulator
from simulators.frameio import Settings as FrameioSettings
from simulators.ims import ImsSimulator
from simulators.serving import running
from tests.e2e.studio import eventually
from tests.e2e.test_up import CLIP, START_S, UP, Home
from tests.integration.login_rig import consent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/install.md").read_text()
MADE = ("VOLUME_ROOT", "NATS_URL", "PUBLIC_PORT", "TUNNEL_API", "TUNNEL_SETTLE_S", "HEALTH_PORT", "WATCH_QUIET_S")
PROJECTS = ("UNDLM", "UNDLM_FINALS")
"""Those that the example of the rules names."""


def blocks(beginning: str) -> list[str]:
    """The commands and lines of a section."""
    section = GUIDE.split(f"\n## {beginning}", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


class Newcomer:
    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.folder = folder
        for name in (".env.example", "postflow.example.toml"):
            shutil.copyfile(ROOT / name, folder / name)
        shutil.rmtree(folder / "config")
        shutil.rmtree(self.home.volume)
        (self.home.volume / "UNDLM/EXPORTS").mkdir(parents=True)
        self.home.has_cloudflared()
        self.environment = dict(os.environ) | {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "NATS_SERVER_BIN": str(nats_server.find()),
        }

    def types(self, commands: str) -> None:
        subprocess.run(["sh", "-ec", commands], cwd=self.folder, check=True, timeout=30)

    def writes(self, lines: str) -> None:
        """At the end of `.env`: what stands there last counts."""
        with (self.folder / ".env").open("a") as env:
            env.write(lines)

    async def asks(self, *words: str, answer: str = "") -> str:
        """A command for the other terminal."""
        process = await asyncio.create_subprocess_exec(
            *(*UP, *words),
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        said = b""
        if answer == "the address":
            while not (shown := re.search(rb"^(http\S+)\n", said, re.MULTILINE)):
                line = await asyncio.wait_for(process.stdout.readline(), START_S)
                assert line, said.decode()
                said += line
            process.stdin.write(f"{await consent(shown[1].decode())}\n".encode())
        process.stdin.close()
        said += await asyncio.wait_for(process.stdout.read(), START_S)
        assert await process.wait() == 0, said.decode()
        return said.decode()


def test_the_guide_tells_the_same_commands_for_both_ways() -> None:
    (compose,), (make_up,) = blocks("6. Start"), blocks("Without Docker")
    wanted = ["make up", *(f".venv/bin/python -m onehost.up {word}" for word in ("login", "doctor"))]
    assert make_up.splitlines() == wanted
    assert compose.splitlines()[1:] == [f"docker compose run --rm console {word}" for word in ("login", "doctor")]


async def test_a_newcomer_sees_the_first_file_delivered(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    copies, keys = blocks("2. Files and rules")
    newcomer.types(copies)
    newcomer.types(keys)
    (application,) = blocks("3. Frame.io")
    newcomer.writes(
        application.replace("CLIENT_ID=…", "CLIENT_ID=simulated-client").replace("SECRET=…", "SECRET=simulated-secret")
    )
    newcomer.writes("".join(f"{name}={newcomer.home.values[name]}\n" for name in MADE))
    ims, discord = ImsSimulator(), DiscordSimulator()
    async with running(ims.app) as ims_url, running(discord.app) as discord_url:
        frameio = FrameioSimulator(FrameioSettings(projects=PROJECTS, allow_http_source=True, ims_url=ims_url))
        async with running(frameio.app) as frameio_url:
            newcomer.writes(f"FRAMEIO_API={frameio_url}\nIMS_URL={ims_url}\n")
            newcomer.writes(f"DISCORD_WEBHOOK_URL={discord_url}/api/webhooks/{layout.WEBHOOK}\n")
            up = await child.start("up", UP, env=newcomer.environment, log=tmp_path / "up.log", cwd=tmp_path)
            try:
                await up.line("^Started", START_S)
                assert "Signed in as" in await newcomer.asks("login", answer="the address")
                await up.line("^Everything is ready", START_S)
                assert "Nothing is red; 1 to look at." in await newcomer.asks("doctor")
                await newcomer.asks("rehearse")
                path = re.findall(r"console why (\S+)", GUIDE)[0]
                film = newcomer.home.volume / path
                film.parent.mkdir(parents=True)
                film.write_bytes(CLIP)

                async def is_playable() -> bool:
                    return "playable" in await newcomer.asks("status")

                await eventually(is_playable, "status says that it is playable")
                assert "delivered" in await newcomer.asks("why", path)
            finally:
                up.signal(signal.SIGINT)
                assert await up.end() == 0, up.said()
    assert "simulated-secret" not in up.said()
    assert [*ims.journal.refused, *discord.journal.refused, *frameio.journal.refused] == []
