"""Edge: a watcher on real files and a real stream, whose clock a test moves; and one as a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from postflow.bus import Bus
from postflow.decoding import decode
from postflow.desk import WhyQuestion
from postflow.errors import BusUnavailable
from postflow.messages import FileDelivered, FileMessage, FileReady, FileRejected, Message
from postflow.pauses import Pauses
from postflow.reading import Delivery
from postflow.routing import InForce, load_rules
from postflow.telemetry import Telemetry
from postflow.topology import STREAM
from tests.examples import delivered
from tests.nats_fixtures import free_port
from tests.unit.watcher.examples import RULES
from tests.unit.watcher.fakes import FakeClock
from watcher.database import Database, LedgerUnavailable
from watcher.lucidlink import Lucidlink, client
from watcher.parts import Parts, assemble
from watcher.seen import Seen
from watcher.settings import Settings

QUIET_S = 20.0


async def stream(bus: Bus) -> list[Message]:
    """Everything that was ever published."""
    info = await bus.jetstream.stream_info(STREAM)
    raws = [await bus.jetstream.get_msg(STREAM, number) for number in range(1, info.state.last_seq + 1)]
    return [decode(raw.subject or "", raw.data or b"") for raw in raws]


async def ready_in(bus: Bus) -> list[FileReady]:
    return [message for message in await stream(bus) if isinstance(message, FileReady)]


async def rejected_in(bus: Bus) -> list[FileRejected]:
    return [message for message in await stream(bus) if isinstance(message, FileRejected)]


async def until_ready(bus: Bus, count: int, timeout_s: float = 20) -> list[FileReady]:
    async with asyncio.timeout(timeout_s):
        while len(messages := await ready_in(bus)) < count:
            await asyncio.sleep(0.02)
    return messages


def shot(number: int, version: int = 1) -> str:
    return f"UNDLM_{number:05d}_v{version:03d}.mov"


def paths(messages: Sequence[FileMessage]) -> list[str]:
    """Below the watch folder."""
    return [message.path.removeprefix("EXPORTS/") for message in messages]


class Desk:
    """A watcher that walks, looks and publishes when the test says so."""

    def __init__(self, folder: Path, bus: Bus, **changed: object) -> None:
        self.exports = folder / "volume" / "EXPORTS"
        self.exports.mkdir(parents=True)
        (folder / "volume" / "MASTERS").mkdir()
        self.bus = bus
        self.rules = RULES
        self.nats_answers = True
        self.pauses = Pauses()
        self.lucidlink_api: str | None = None
        self._folder = folder
        self._changed = changed
        self._database: Database | None = None
        self._http: httpx.AsyncClient | None = None
        self.parts: Parts

    async def start(self) -> None:
        """Start, or start again, and walk over the names once."""
        self.stop()
        # The clock of file dates goes in steps of some milliseconds.
        probe = self._folder / "probe"
        self.clock = FakeClock(datetime.now(UTC))
        self._database = Database(self._folder / "data")
        self.parts = self._assembled(self._database)
        while True:
            probe.touch()
            if probe.stat().st_mtime_ns > int(self.clock.now().timestamp() * 1e9) + 1000:
                break
        await self.walk()

    def stop(self) -> None:
        """As hard as a kill: nothing is finished first."""
        if self._database is not None:
            self._database.close()
            self.parts.examining.end()
            self.parts.guard.end()
        self._database = None

    def _assembled(self, database: Database) -> Parts:
        settings = {
            "volume_root": self._folder / "volume",
            "watcher_data": self._folder / "data",
            "watch_quiet_s": QUIET_S,
        }
        made = Settings.model_validate(settings | self._changed)
        parts = (made, InForce(load_rules(self.rules)), database, self._publish, Telemetry(), self.clock)
        self._http = client(self.lucidlink_api) if self.lucidlink_api else None
        daemon = Lucidlink(self._http, "film.studio", self.clock) if self._http else None
        return assemble(*parts, pauses=lambda: self.pauses, lucidlink=daemon)

    def fill_ledger(self) -> None:
        """As a disk that has no room any more."""
        assert self._database is not None
        (pages,) = self._database.row("PRAGMA page_count") or (0,)
        self._database.rows(f"PRAGMA max_page_count = {pages + 1}")
        with suppress(LedgerUnavailable), self._database.changing() as connection:
            connection.execute("CREATE TABLE filler (filler TEXT)")
        with suppress(LedgerUnavailable):
            while True:
                with self._database.changing() as connection:
                    connection.execute("INSERT INTO filler VALUES ('as much as fits')")

    def empty_ledger(self) -> None:
        assert self._database is not None
        self._database.rows("PRAGMA max_page_count = 1000000")
        self._database.rows("DROP TABLE filler")

    async def close(self) -> None:
        self.stop()
        if self._http is not None:
            await self._http.aclose()

    async def _publish(self, message: Message) -> None:
        if not self.nats_answers:
            raise BusUnavailable("NATS did not answer")
        await self.bus.publish(message)

    async def edit(self, rules: str) -> None:
        """Have other rules in force from now on, without a restart."""
        self.rules = rules
        await self.parts.renewal.take(load_rules(rules))

    def write(self, path: str, content: bytes = b"film") -> Path:
        file = self.exports / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    async def walk(self) -> None:
        await self.parts.walking.over_names()

    async def pass_time(self, seconds: float) -> None:
        """Look at everything that is due meanwhile, each at its moment, and publish what is decided."""
        until_s = self.clock.passed_s + seconds
        while True:
            await self.parts.examining.examine_all()
            due_s = self.parts.attention.next_due_s()
            if due_s is None or due_s > until_s:
                break
            self.clock.passed_s = max(due_s, self.clock.passed_s)
            await self.parts.following.look_at_due()
        self.clock.passed_s = until_s
        await self.publish()

    async def look(self) -> None:
        """Look at what is due now, into it, and decide about it, without publishing anything."""
        await self.parts.following.look_at_due()
        await self.parts.examining.examine_all()
        await self.parts.following.look_at_due()

    async def publish(self) -> None:
        while await self.parts.outbox.publish_some():
            pass

    def unsent(self) -> list[Message]:
        """What is decided and not published yet."""
        assert self._database is not None
        return [decode(one.subject, one.payload) for one in Seen(self._database).unsent(100)]

    async def see(self) -> list[FileReady]:
        """Look at everything, wait until it is quiet, and say what is released in all."""
        await self.walk()
        await self.parts.walking.over_everything()
        await self.pass_time(QUIET_S + 1)
        return await ready_in(self.bus)

    async def wait_for_lucidlink(self, seconds: int) -> list[FileReady]:
        """Pass time by the second, with every answer of LucidLink, and say what is released in all."""
        for _ in range(seconds):
            await self.parts.uploading.idle()
            await self.pass_time(1)
        return await ready_in(self.bus)

    async def hear_trail(self) -> None:
        """Read the audit trail, and take its hints."""
        while await self.parts.trail.hear():
            pass
        await self.parts.hints.take()

    async def why(self, path: str) -> tuple[str, str]:
        """State and reason of a file below the watch folder."""
        answer = await self.parts.desk.why(WhyQuestion(path=f"EXPORTS/{path}"))
        return answer.state, answer.why

    async def deliver(self, ready: FileReady) -> None:
        about = {name: getattr(ready, name) for name in FileReady.model_fields}
        await self.hear(FileDelivered.model_validate(delivered().model_dump() | about))

    async def hear(self, message: Message) -> None:
        await self.parts.endings(Delivery(message, sequence=1, count=1))


@pytest.fixture
async def desk(tmp_path: Path, bus: Bus) -> AsyncIterator[Desk]:
    """Not started yet, so that a test can say what was there before."""
    made = Desk(tmp_path, bus)
    yield made
    await made.close()


class Process:
    """`python -m watcher`, which a test may stop, kill and start again."""

    def __init__(self, folder: Path, nats_url: str, **environment: str) -> None:
        self.arguments: Sequence[str] = ("-m", "watcher")
        self.exports = folder / "volume" / "EXPORTS"
        self.exports.mkdir(parents=True, exist_ok=True)
        (folder / "postflow.toml").write_text(RULES)
        self._health = f"http://127.0.0.1:{(port := free_port())}"
        self._log = folder / "watcher.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "HOME")},
            "NATS_URL": nats_url,
            "HEALTH_HOST": "127.0.0.1",
            "HEALTH_PORT": str(port),
            "POSTFLOW_CONFIG": str(folder / "postflow.toml"),
            "VOLUME_ROOT": str(folder / "volume"),
            "WATCHER_DATA": str(folder / "data"),
            "WATCH_QUIET_S": "0.2",
            "SCAN_HOT_S": "0.1",
            "SCAN_NAMES_S": "0.2",
            "SCAN_FULL_S": "0.5",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self, *, is_well: bool = True, says: str = "watching 1 folder") -> None:
        """Returns when it has looked at everything once.

        Args:
            is_well: whether it must be ready, too.
            says: how far it has to be.
        """
        self._started()
        await self.until("progress", says, is_ready=is_well)

    async def start_lost(self) -> None:
        """Returns when it has found out that its ledger was lost."""
        self._started()
        await self.until("ledger", "it was lost", is_ready=False)

    async def until(self, check: str, words: str, *, is_ready: bool) -> None:
        """Its health says this of a check, and it is as ready as it should be."""
        async with httpx.AsyncClient() as http, asyncio.timeout(30):
            while not await self._says(http, check, words, is_ready):
                assert self._process is not None
                assert self._process.poll() is None, self.log()
                await asyncio.sleep(0.05)

    def unset(self, name: str) -> None:
        """Have it started without this setting."""
        del self._environment[name]

    def run_to_its_end(self, *arguments: str) -> int:
        """Run another one, that ends by itself; how it ended."""
        with self._log.open("ab") as log:
            command = [sys.executable, *arguments]
            return subprocess.run(command, env=self._environment, stdout=log, stderr=log, timeout=30).returncode

    def _started(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, *self.arguments]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    async def _says(self, http: httpx.AsyncClient, check: str, words: str, is_ready: bool) -> bool:
        try:
            report = (await http.get(f"{self._health}/readyz")).json()
        except httpx.TransportError:
            return False
        detail: str = report["checks"].get(check, {}).get("detail", "")
        return report["ready"] is is_ready and words in detail

    async def report(self) -> dict[str, dict[str, object]]:
        async with httpx.AsyncClient() as http:
            checks: dict[str, dict[str, object]] = (await http.get(f"{self._health}/readyz")).json()["checks"]
        return checks

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        return self._log.read_text()

    def ask_to_stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """How it ended by itself."""
        assert self._process is not None
        code, self._process = self._process.wait(timeout=20), None
        return code

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        return self._end(signal.SIGKILL)

    def _end(self, number: int) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(timeout=20)
        self._process = None
        return code


@asynccontextmanager
async def process(folder: Path, nats_url: str, **environment: str) -> AsyncIterator[Process]:
    made = Process(folder, nats_url, **environment)
    try:
        yield made
    finally:
        made.kill()
