"""Edge: the demo, wired. `python -m onehost.demo`, or `make demo`."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from onehost import ports
from onehost.child import ChildDied
from onehost.demo import place
from onehost.demo.evidence import Evidence
from onehost.demo.exporter import SHOT, WATCHED, export
from onehost.demo.narrator import Narrator, listening
from onehost.demo.place import NoPlace
from onehost.demo.reasons import NotDelivered, why_not_delivered
from onehost.demo.screen import Screen
from onehost.demo.story import Stage, Told, duration
from onehost.demo.watching import following
from onehost.folders import Folders
from onehost.layout import Ports, Urls
from onehost.nats_server import NoNatsServer
from onehost.ports import PortInUse
from onehost.processes import until_signalled
from onehost.readiness import NotReady
from onehost.stack import Stack
from postflow import logs

EXPORT_S = 3.0
QUIET_S = 2.0
START_S = 40.0
PATIENCE_S = 60.0
"""From the start of the demo to the delivery."""

SLOW = ("--fetch-rate", "80000", "--part-bytes", "40000")
"""Frame.io fetches the demo's own small movie slowly enough for a person to see it move."""
FAST = {"fetch_bytes_per_s": None, "part_bytes": None}
PROJECTS = ("--project", "UNDLM", "--project", "UNDLM_FINALS")

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

EXPECTED = (NoNatsServer, PortInUse, NoPlace, ChildDied, NotReady, NotDelivered, OSError)
"""What may go wrong on somebody's machine; each says it in words. TimeoutError is an OSError."""

TOLD_IN_LOGS = (ChildDied, NotReady, NotDelivered, TimeoutError)


class Demo:
    def __init__(self, screen: Screen) -> None:
        self.has_delivered = False
        self._screen = screen
        self._began_s = time.monotonic()
        self._goes_on = screen.is_terminal and os.environ.get("DEMO_ONCE", "0") in ("", "0")

    async def run(self) -> None:
        """Returns after the delivery if nobody watches, else never. Raises one of EXPECTED."""
        with place.taken() as folder:
            self._introduce(folder)
            async with self._running(folder) as stack, _telling(stack, self._screen) as (narrator, client):
                await _unless_died(stack, self._deliver(stack, narrator, client))
                if self._goes_on:
                    with suppress(httpx.HTTPError):
                        await client.post(f"{stack.urls.frameio}/_sim/settings", json=FAST)
                    self._invite(stack)
                    await _unless_died(stack, _forever())

    @property
    def _age_s(self) -> float:
        return time.monotonic() - self._began_s

    def _introduce(self, folder: Path) -> None:
        self._screen.say("PostFlow: one movie from a folder to Frame.io and Discord.", "bold")
        self._screen.say("On this machine alone: simulators stand in for the accounts. Logs and all else:")
        self._screen.say(f"  {folder}")
        self._screen.say("Starting nats-server, the simulators, the services and two uploaders …", "dim")

    @asynccontextmanager
    async def _running(self, folder: Path) -> AsyncIterator[Stack]:
        (Folders(folder).volume / WATCHED).mkdir(parents=True)
        discord_port = ports.free(1)[0]
        stack = Stack(
            folder,
            rules=place.RULES.read_text(encoding="utf-8"),
            settings=_settings(Urls.of(Ports(discord=discord_port)).webhook),
            uploaders=2,
            simulator_options={"frameio": (*SLOW, *PROJECTS)},
            wanted_ports=Ports(discord=discord_port),
            start_s=START_S,
        )
        async with stack:
            self._screen.say(f"Ready after {duration(self._age_s)}.", "dim")
            try:
                yield stack
            finally:
                self._screen.close()
                self._screen.say("Ending every process …", "dim")

    async def _deliver(self, stack: Stack, narrator: Narrator, client: httpx.AsyncClient) -> None:
        file = narrator.beginning(SHOT)
        narrator.tell(file, Told("export", f"somebody exports {SHOT}"))
        await export(
            stack.folders.volume / SHOT,
            EXPORT_S,
            lambda done, total: narrator.tell_progress(file, "export", done, total),
        )
        try:
            await asyncio.wait_for(file.ended.wait(), PATIENCE_S - self._age_s)
        except TimeoutError:
            reasons = await why_not_delivered(stack, file, client)
            raise NotDelivered(f"Nothing was delivered within {PATIENCE_S:.0f} s.", reasons) from None
        took_s = file.age_s
        await file.told_to_the_end.wait()
        if file.stage is not Stage.DELIVERED:
            raise NotDelivered("The movie was not delivered.", await why_not_delivered(stack, file, client))
        self.has_delivered = True
        self._screen.say()
        self._screen.say(f"Delivered, {duration(took_s)} after the first byte was written.", "bold green")

    def _invite(self, stack: Stack) -> None:
        say, fact = self._screen.say, self._screen.fact
        say()
        say("Now your own files: copy them into this folder, or into folders in it.", "bold")
        say(f"  {stack.folders.volume / WATCHED}")
        say("A .mov, .mp4 or .mxf is delivered if the rules know its name, such as")
        say("  SQ02/UNDLM_00021/SQ02_UNDLM_00021_v003.mov  or  UNDLM_00412_comp_v002.mov")
        say("A name that nearly fits is rejected with the right one; any other goes to the inbox, with the reason.")
        say()
        fact("Rules", str(stack.rules))
        fact("Logs", str(stack.folders.logs))
        fact("Frame.io has", f"{stack.urls.frameio}/_sim/state")
        fact("Discord shows", f"{stack.urls.discord}/_sim/messages")
        fact("A file's trace", f"{stack.urls.otlp}/trace/<its id, as on the card>")
        say()
        say("The folder is emptied when the demo starts again. Ctrl-C ends everything.", "bold")


def _settings(webhook: str) -> dict[str, str]:
    return {
        "LOG_FORMAT": "console",
        "DISCORD_WEBHOOK_EDITORIAL": webhook,
        "WATCH_QUIET_S": str(QUIET_S),
        "WATCH_SAMPLES": "3",
        "SCAN_HOT_S": "0.5",
        "SCAN_NAMES_S": "1",
    }


@asynccontextmanager
async def _telling(stack: Stack, screen: Screen) -> AsyncIterator[tuple[Narrator, httpx.AsyncClient]]:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        narrator = Narrator(screen, Evidence(client, stack.urls))
        async with (
            listening(narrator, stack.urls.nats),
            following(narrator, stack.folders.log("watcher"), stack.folders.log("fileserver"), quiet_s=QUIET_S),
        ):
            yield narrator, client


async def _unless_died(stack: Stack, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, unless one of the processes dies by itself meanwhile. Raises ChildDied."""
    working = asyncio.ensure_future(work)
    death = asyncio.ensure_future(stack.processes.death())
    try:
        await asyncio.wait((working, death), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise death.result()
        working.result()
    finally:
        for task in (working, death):
            task.cancel()
        await asyncio.gather(working, death, return_exceptions=True)


async def _forever() -> None:
    await asyncio.Event().wait()


async def _until_over(demo: Demo) -> None:
    async with until_signalled():
        await demo.run()


def main() -> int:
    logs.configure("demo", level="ERROR", form="console")
    demo = Demo(Screen())
    try:
        asyncio.run(_until_over(demo))
    except asyncio.CancelledError:
        return 0 if demo.has_delivered else EXIT_INTERRUPTED
    except EXPECTED as error:
        print(f"demo: {logs.without_secrets(str(error))}", file=sys.stderr)
        if isinstance(error, TOLD_IN_LOGS):
            print(f"The logs are in {Folders(place.folder()).logs}", file=sys.stderr)
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
