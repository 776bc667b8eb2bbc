"""Edge: a running fileserver over a folder, and what others would tell and ask it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.js import errors as js_errors
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from fileserver.__main__ import serve
from fileserver.exposure import Exposure, Window
from fileserver.settings import Settings
from postflow.bus import Bus
from postflow.checks import Check
from postflow.decoding import decode
from postflow.messages import FileExposed, FileReady, FileStale, Message
from postflow.questions import ASK_TRANSFER, TransferAnswer, TransferQuestion
from postflow.service import Service
from postflow.telemetry import with_processor
from postflow.topology import STREAM
from postflow.verifying import log_files
from tests.examples import about_file, delivered, destination, ready
from tests.nats_fixtures import NatsServer, free_port

FOLDER = "SQ01"
KEYS = "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


async def until(true: Callable[[], Awaitable[bool]], timeout_s: float = 20.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not await true():
            await asyncio.sleep(0.02)


class Site:
    """A volume, a bus and, between `start` and `stop`, a fileserver."""

    def __init__(self, nats: NatsServer, bus: Bus, root: Path) -> None:
        self.bus = bus
        self.root = root
        self.port = free_port()
        self.spans = InMemorySpanExporter()
        self.http = httpx.AsyncClient(timeout=20)
        self.settings: dict[str, object] = {
            "nats_url": nats.url,
            "tunnel": "none",
            "public_url": f"http://127.0.0.1:{self.port}",
            "public_host": "127.0.0.1",
            "public_port": self.port,
            "internal_url": "http://inside.example",
            "volume_root": root,
            "fileserver_data": root.parent / "fileserver",
        }
        self._running: tuple[Service, asyncio.Task[None]] | None = None
        (root / FOLDER).mkdir(parents=True, exist_ok=True)

    def logged(self) -> list[dict[str, Any]]:
        """What stands in the access log."""
        lines = b"".join(path.read_bytes() for path in log_files(self.root.parent / "fileserver" / "access"))
        return [json.loads(line) for line in lines.splitlines()]

    async def start(self) -> None:
        settings = Settings.model_validate(self.settings)
        service = Service("fileserver", settings, with_processor("fileserver", SimpleSpanProcessor(self.spans)))
        self._running = service, asyncio.create_task(self._run(service, settings))
        await until(self._answers)

    async def stop(self) -> None:
        if self._running is not None:
            service, task = self._running
            self._running = None
            service.stop.set()
            await task

    def health(self) -> dict[str, Check]:
        assert self._running is not None
        return self._running[0].health.report()

    async def _run(self, service: Service, settings: Settings) -> None:
        try:
            await serve(service, settings)
        finally:
            await service.close()

    async def _answers(self) -> bool:
        assert self._running is not None
        if self._running[1].done():
            self._running[1].result()
        try:
            return (await self.http.get(f"http://127.0.0.1:{self.port}/")).status_code == 404
        except httpx.TransportError:
            return False

    def write(self, name: str, content: bytes, **changed: object) -> FileReady:
        """A file on the volume, and the `ready` that announces it."""
        (self.root / FOLDER / name).write_bytes(content)
        return self.announced(name, **changed)

    def sparse(self, name: str, size_bytes: int) -> FileReady:
        """A file that is large and takes no room."""
        with (self.root / FOLDER / name).open("wb") as file:
            file.truncate(size_bytes)
        return self.announced(name)

    def announced(self, name: str, **changed: object) -> FileReady:
        """The `ready` of a file that is there."""
        found = (self.root / FOLDER / name).stat()
        about = {"path": f"{FOLDER}/{name}", "size_bytes": found.st_size, "mtime_ns": found.st_mtime_ns}
        return ready(**(about | {"destination": destination(name=name)} | changed))

    def path(self, message: FileReady) -> Path:
        return self.root / message.path

    def overwrite(self, message: FileReady, content: bytes) -> None:
        """Another revision of the same size, in place."""
        path = self.path(message)
        with path.open("r+b") as file:
            file.write(content)
        os.utime(path, ns=(message.mtime_ns + 1, message.mtime_ns + 1))

    async def exposed(self, message: FileReady, exposure: int = 1) -> FileExposed:
        """Wait for that exposure of a file."""
        found: list[FileExposed] = []

        async def told() -> bool:
            last = await self.last(f"postflow.file.exposed.{message.file_id}")
            if isinstance(last, FileExposed) and (last.attempt, last.exposure) == (message.attempt, exposure):
                found.append(last)
            return bool(found)

        await until(told)
        return found[0]

    async def expose(self, message: FileReady) -> FileExposed:
        await self.bus.publish(message)
        return await self.exposed(message)

    async def fetched(self, message: FileReady, exposure: int = 1) -> int:
        """How a fetch of the whole file is answered, once it is exposed."""
        return (await self.http.get(address(await self.exposed(message, exposure)))).status_code

    async def last(self, subject: str) -> Message | None:
        try:
            found = await self.bus.jetstream.get_last_msg(STREAM, subject)
        except js_errors.NotFoundError:
            return None
        return decode(str(found.subject), found.data or b"")

    async def again(self, message: Message) -> None:
        """Have a message read once more, as after a crash before its acknowledgement."""
        await self.bus.publish_raw(message.subject, message.model_dump_json().encode(), {})

    async def settled(self) -> None:
        """Wait until every message has been handled."""

        async def all_read() -> bool:
            for durable in ("fileserver-expose-small", "fileserver-expose-large", "fileserver-revoke"):
                info = await self.bus.jetstream.consumer_info(STREAM, durable)
                if info.num_pending or info.num_ack_pending:
                    return False
            return True

        await until(all_read)

    async def ended(self, message: FileReady, exposure: int = 1) -> None:
        about = about_file(**message.model_dump())
        await self.bus.publish(delivered(**(about | {"exposure": exposure})))

    async def stale(self, message: FileReady, exposure: int = 1) -> None:
        about = about_file(**message.model_dump())
        await self.bus.publish(FileStale.model_validate(about | {"exposure": exposure, "why": "nobody came"}))

    async def transfer(self, message: FileReady, exposure: int = 1, *, came_to_nothing: bool = False) -> TransferAnswer:
        about = {"file_id": message.file_id, "attempt": message.attempt, "exposure": exposure}
        question = TransferQuestion.model_validate(about | {"came_to_nothing": came_to_nothing})
        return await self.bus.ask(ASK_TRANSFER, question, TransferAnswer)

    async def record(self, message: FileReady) -> Exposure:
        held = await (await self.bus.records("exposures", Exposure)).get(message.file_id)
        assert held is not None
        return held.value

    async def holders(self, lane: str = "small") -> tuple[str, ...]:
        held = await (await self.bus.records("exposures", Window)).get(f"window.{lane}")
        return held.value.holders if held else ()


def address(exposed: FileExposed) -> str:
    assert exposed.public_url is not None
    return exposed.public_url


@pytest.fixture
async def site(nats: NatsServer, bus: Bus, tmp_path: Path) -> AsyncIterator[Site]:
    """Not started yet, so that a test can change its settings."""
    site = Site(nats, bus, tmp_path / "volume")
    try:
        yield site
    finally:
        await site.http.aclose()
        await site.stop()
