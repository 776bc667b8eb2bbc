"""Edge: the whole of PostFlow as processes, and what a test asks of the simulators around it."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from onehost.stack import Stack

T = TypeVar("T")

RULES = """
[shows.undlm]
code = "UNDLM"
project = "UNDLM"

[[shows.undlm.watch]]
folder = "EXPORTS"
include = ["**/*.mov"]

[[shows.undlm.patterns]]
name = "shot"
template = "{sq}/{show}_{shot:5d}/{sq}_{show}_{shot:5d}_v{version:3d}.{ext}"
example = "SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov"
lookups = ["scenes"]

[[shows.undlm.patterns]]
name = "loose"
template = "**/{show}_{shot:5d}_v{version:3d}.{ext}"
example = "monday/UNDLM_00412_v002.mov"

[shows.undlm.lookups.scenes]
field = "sq"

[shows.undlm.lookups.scenes.values]
SQ01 = { scene = "01", sequence = "INTRO" }
SQ02 = { scene = "02", sequence = "HARBOUR" }

[[shows.undlm.routes]]
name = "loose"
when = { pattern = "loose" }
folder = "LOOSE"

[[shows.undlm.routes]]
name = "shots"
folder = "WIP_BYSHOT/SC{scene}_SEQ_{sequence}"

[shows.undlm.inbox]
folder = "INBOX"
"""

SETTINGS = {
    "WATCH_QUIET_S": "0.6",
    "WATCH_SAMPLES": "3",
    "SCAN_HOT_S": "0.2",
    "SCAN_NAMES_S": "0.5",
    "SCAN_FULL_S": "2",
}

SHOT = "SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov"


def stack(folder: Path, **changed: Any) -> Stack:
    options: dict[str, Any] = {"rules": RULES, "settings": SETTINGS, "uploaders": 2} | changed
    return Stack(folder, **options)


@asynccontextmanager
async def at_work(prepared: Stack) -> AsyncIterator["Studio"]:
    """A stack that runs. At the end it has made no call that a good client would not, but of the kinds in `about`."""
    async with prepared as running, httpx.AsyncClient() as http:
        studio = Studio(running, http)
        yield studio
        violations = [one for one in await studio.violations() if one["kind"] not in studio.about]
        assert not violations, violations


class Studio:
    """What can be seen from outside: the volume, Frame.io, Discord, the traces, the logs."""

    def __init__(self, running: Stack, http: httpx.AsyncClient) -> None:
        self.stack = running
        self._http = http
        self.about: set[str] = set()
        """Kinds of violations that the test is about."""
        self.exports = running.folders.volume / "EXPORTS"
        self.exports.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        target = self.exports / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def export(self, name: str, content: bytes) -> Path:
        target = self.path(name)
        target.write_bytes(content)
        return target

    async def assets(self) -> list[dict[str, Any]]:
        """Files in Frame.io that have not been deleted, oldest first."""
        state = (await self._http.get(f"{self.stack.urls.frameio}/_sim/state")).json()
        return sorted((file for file in state["files"] if not file["deleted"]), key=lambda file: file["created_at"])

    async def posts(self) -> int:
        calls = (await self._http.get(f"{self.stack.urls.frameio}/_sim/calls")).json()
        return int(calls["routes"].get("remote_upload", {"calls": 0})["calls"])

    async def frameio_settings(self, **changed: object) -> None:
        (await self._http.post(f"{self.stack.urls.frameio}/_sim/settings", json=changed)).raise_for_status()

    async def cards(self) -> list[dict[str, Any]]:
        """Cards of files, those of one file and no other have its path in their text."""
        messages = (await self._http.get(f"{self.stack.urls.discord}/_sim/messages")).json()["messages"]
        return [message for message in messages if not message["deleted"]]

    async def cards_of(self, name: str) -> list[dict[str, Any]]:
        """Cards that speak of a file by its name."""
        return [card for card in await self.cards() if words(name) in words(str(card["embeds"]))]

    async def spans(self, trace_id: str) -> list[dict[str, Any]]:
        answer = await self._http.get(f"{self.stack.urls.otlp}/_sim/traces", params={"trace_id": trace_id})
        return list(answer.json()["spans"])

    async def all_spans(self) -> str:
        return (await self._http.get(f"{self.stack.urls.otlp}/_sim/traces")).text

    async def status_of(self, address: str) -> int:
        return (await self._http.get(address)).status_code

    async def delivered(self, name: str, count: int = 1, timeout_s: float = 40.0) -> list[dict[str, Any]]:
        """The assets of this name, once so many are stored and a card tells of the last."""

        async def found() -> list[dict[str, Any]]:
            wanted = name.rsplit("/", 1)[-1]
            stored = [asset for asset in await self.assets_named(name) if asset["sha256"]]
            enough = len(stored) >= count and len(await self.cards_of(wanted)) >= count
            return stored if enough else []

        return await eventually(found, f"{count} × {name} delivered", timeout_s)

    async def assets_named(self, name: str) -> list[dict[str, Any]]:
        wanted = name.rsplit("/", 1)[-1]
        return [asset for asset in await self.assets() if asset["name"] == wanted]

    async def settled(self, quiet_s: float = 3.0) -> None:
        """Wait as long as a wrong second delivery would need to show itself."""
        await asyncio.sleep(quiet_s)

    async def violations(self) -> list[dict[str, Any]]:
        """Calls that no good client makes; an empty bucket at Frame.io is none of ours where replicas share it."""
        urls = self.stack.urls
        frameio = (await self._http.get(f"{urls.frameio}/_sim/calls")).json()["refused"]
        discord = (await self._http.get(f"{urls.discord}/_sim/calls")).json()["refused"]
        return [one for one in frameio if one["kind"] != "rate_limited"] + list(discord)

    def logs(self) -> str:
        return "\n".join(log.read_text(errors="replace") for log in sorted(self.stack.folders.logs.glob("*.log")))


async def eventually(ask: Callable[[], Awaitable[T]], what: str, timeout_s: float = 40.0) -> T:
    """Ask until the answer is true. Raises AssertionError when it does not become so in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = await ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what}"
        await asyncio.sleep(0.1)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def words(text: str) -> str:
    """Without the backslashes and invisible characters that keep a name from meaning something in Discord."""
    return text.replace("\\", "").replace("\u200b", "")
