"""Edge: an audit trail in real files, written by simulated machines, and the watcher's ear for it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from postflow.bus import Bus
from postflow.threads import in_thread
from tests.unit.watcher.fakes import FakeClock, FakeGuard
from watcher.sightings.audit_cursors import NodeRecord
from watcher.sightings.audit_trail import ALL_EVERY, AuditTrail
from watcher.volume import Volume

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
OLD = datetime(2020, 1, 1, tzinfo=UTC).timestamp()


class Machine:
    """One that writes its own logs, in a folder of its own."""

    def __init__(self, volume: Path, node: str, month: str = "2026/11") -> None:
        self.folder = volume / ".lucid_audit" / node / month
        self.folder.mkdir(parents=True)
        self.begin("2026-11-21T11.45.00Z")

    def begin(self, begin: str) -> None:
        self.log = self.folder / f"{begin}.log.active"

    def says(self, action: str, entry: str, user: object = None, **also: str) -> None:
        operation = {"action": action, "entryPath": f"/{entry}"} | {name: f"/{path}" for name, path in also.items()}
        self.writes(json.dumps({"timestamp": 1, "user": user, "operation": operation}).encode() + b"\n")

    def writes(self, content: bytes) -> None:
        with self.log.open("ab") as log:
            log.write(content)

    def rotates(self, begin: str) -> None:
        self.log.rename(self.log.with_suffix(""))
        self.begin(begin)

    def settles(self) -> None:
        """Its logs are so old that nothing more comes of those that were rotated."""
        for log in self.folder.iterdir():
            os.utime(log, (OLD, OLD))


class Scene:
    def __init__(self, volume: Path, bus: Bus) -> None:
        self.volume = volume
        (volume / "EXPORTS").mkdir(parents=True)
        self.bus = bus
        self.clock = FakeClock(START)
        self.hints: list[str] = []
        self.looked_around = 0
        self.tops = {"EXPORTS": "EXPORTS"}
        self.trail: AuditTrail

    async def start(self) -> None:
        """A watcher, or another one after it."""
        self.trail = AuditTrail(
            *(Volume(self.volume, FakeGuard()), self.clock, self.hints.append, self._look_around),
            wrote=lambda path, writer: None,
            tops=lambda: self.tops,
            is_expected=lambda: True,
            ask=in_thread,
        )
        self.trail.remember_in(await self.bus.records("cursors", NodeRecord))

    def _look_around(self) -> None:
        self.looked_around += 1

    async def hear(self, rounds: int = 1) -> list[str]:
        """What is hinted at in so many rounds."""
        self.hints.clear()
        for _ in range(rounds):
            while await self.trail.hear():
                pass
        return self.hints

    async def hear_of_all(self) -> list[str]:
        return await self.hear(ALL_EVERY)

    async def save(self) -> None:
        self.clock.passed_s += 61
        await self.hear()


async def begun(scene: Scene, node: str = "7") -> Machine:
    """A machine whose logs are read from now on."""
    machine = Machine(scene.volume, node)
    machine.says("FileWritten", "EXPORTS/before.mov")
    assert await scene.hear() == []
    return machine
