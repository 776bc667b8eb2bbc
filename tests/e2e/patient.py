"""Edge: a PostFlow that a test breaks in one way, and what `postflow doctor` says of it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from onehost import layout
from onehost.child import Child
from onehost.stack import Stack
from tests.e2e.studio import SETTINGS, Studio, eventually, stack

Line = dict[str, str]
Lines = dict[tuple[str, str], Line]
"""By service and check."""


async def doctor(nats_url: str, **environment: str) -> tuple[int, Lines, str]:
    """Exit code, what stands in the table, and what was said on standard error."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "console", "doctor", "--json"),
        env={"PATH": os.environ["PATH"], "NATS_URL": nats_url} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    checks = json.loads(out)["checks"] if out else []
    return child.returncode or 0, {(line["service"], line["check"]): line for line in checks}, err.decode()


class Patient(Studio):
    """A whole PostFlow with one replica of each service, and a file that nobody wants on its volume."""

    def __init__(self, running: Stack, http: httpx.AsyncClient) -> None:
        super().__init__(running, http)
        self.http = http
        self.volume = running.folders.volume

    async def lines(self, **environment: str) -> Lines:
        code, lines, err = await doctor(self.stack.urls.nats, **environment)
        assert err == ""
        assert code == (1 if _red(lines) else 0)
        return lines

    async def red(self, *expected: tuple[str, str], says: str = "", **environment: str) -> list[Line]:
        """What stands in red, in the order of `expected`, once it is that and nothing else.

        Args:
            expected: service and check.
            says: a part of what each of them says then.
            environment: of the console.
        """
        last: Lines = {}

        async def are_these() -> bool:
            nonlocal last
            last = _red(await self.lines(**environment))
            return set(last) == set(expected) and all(says in line["detail"] for line in last.values())

        try:
            await eventually(are_these, f"red: {expected}")
        except AssertionError as error:
            raise AssertionError(f"{error}; red is {last}") from None
        assert all(line["what_to_do"] for line in last.values())
        return [last[each] for each in expected]

    async def replace(self, service: str, *, prefix: Sequence[str] = (sys.executable,), **changed: str) -> Child:
        """Another instance in the place of the only one, with other settings.

        Args:
            prefix: of the command, before `-P -m service`.
        """
        running = self.stack
        (name,) = [each for each in running.services if each.partition("-")[0] == service]
        await running.kill(name)
        environment = layout.environment(
            *(os.environ, running.urls, running.ports),
            rules=running.rules,
            volume=self.volume,
            data=running.folders.root,
            simulators=True,
        )
        return await running.processes.start(
            f"{service}-odd",
            [*prefix, "-P", "-m", service],
            env=environment | SETTINGS | {"HEALTH_PORT": "0"} | changed,
            log=running.folders.log(f"{service}-odd"),
        )

    async def frameio_faults(self, *faults: dict[str, Any]) -> None:
        answer = await self.http.post(f"{self.stack.urls.frameio}/_sim/faults", json={"faults": faults})
        answer.raise_for_status()


@asynccontextmanager
async def patient(folder: Path, **changed: Any) -> AsyncIterator[Patient]:
    prepared = stack(folder, **({"uploaders": 1} | changed))
    notes = prepared.folders.volume / "EXPORTS" / "notes.txt"
    notes.parent.mkdir(parents=True)
    notes.write_text("no export")
    async with prepared as running, httpx.AsyncClient() as http:
        yield Patient(running, http)


def _red(lines: Lines) -> Lines:
    return {about: line for about, line in lines.items() if line["state"] == "red"}
