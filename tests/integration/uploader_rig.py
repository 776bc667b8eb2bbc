"""Edge: an uploader between a real nats-server, the simulated Frame.io and a source that plays the fileserver."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from postflow import topology
from postflow.bus import Bus
from postflow.decoding import decode
from postflow.errors import BusUnavailable
from postflow.messages import FileExposed, Message
from postflow.questions import TransferAnswer, TransferQuestion, Whereabouts, WhereaboutsAnswer, WhereaboutsQuestion
from postflow.reading import Reader
from postflow.telemetry import Telemetry
from simulators.frameio import FrameioSimulator, Settings
from simulators.serving import running
from tests.examples import exposed
from uploader.absent import Absent
from uploader.aftermath import Aftermath
from uploader.books import AssetRecord, DeliveryRecord, PlaceRecord
from uploader.conclusion import Conclusion
from uploader.deliver import Deliver
from uploader.endings import Endings
from uploader.following import Following
from uploader.frameio.budget import Budget, BudgetRecord
from uploader.frameio.client import FrameIO
from uploader.frameio.discovery import discover
from uploader.frameio.folders import FolderRecord, Folders
from uploader.frameio.pacing import Pacer
from uploader.frameio.statuses import Statuses
from uploader.frameio.tokens import FixedToken
from uploader.ledger import Ledger
from uploader.posting import Posting
from uploader.removal import Removal
from uploader.resending import Resending
from uploader.sightings import Sightings
from uploader.surplus import Surplus

FILM = b"film" * 250
TOKEN = "simulated-token"


class Source:
    """Serves one film at any address, and tells as the fileserver would what was fetched."""

    def __init__(self) -> None:
        self.first_get_at: datetime | None = None
        self.bytes_sent = 0
        self.tainted = False
        self.lost: set[int] = set()
        """Exposures whose address was lost with the tunnel."""
        self.body = FILM
        self.refuses = False
        """With a status and no body, as the fileserver does."""
        self.now_at = WhereaboutsAnswer(state=Whereabouts.UNKNOWN)
        """What the watcher would answer."""
        self.watcher_answers = True
        self.app = Starlette(routes=[Route("/{rest:path}", self._get)])

    async def _get(self, _: Request) -> Response:
        self.first_get_at = self.first_get_at or datetime.now(UTC)
        if self.refuses:
            return Response(status_code=409)
        self.bytes_sent = len(self.body)
        return Response(self.body, media_type="video/quicktime")

    async def whereabouts(self, _: WhereaboutsQuestion) -> WhereaboutsAnswer:
        if not self.watcher_answers:
            raise BusUnavailable("no answer")
        return self.now_at

    async def transfer(self, question: TransferQuestion) -> TransferAnswer:
        return TransferAnswer(
            known=True,
            is_open=question.exposure not in self.lost,
            tainted=self.tainted,
            address_lost=question.exposure in self.lost,
            first_get_at=self.first_get_at,
            last_byte_at=self.first_get_at,
            bytes_sent=self.bytes_sent,
        )


@dataclass
class Rig:
    """What a test needs in its hands."""

    bus: Bus
    frameio: FrameioSimulator
    frameio_url: str
    source: Source
    source_url: str
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    pauses_s: Sequence[float] = (0.05,)
    """After sends that did not arrive."""
    about: set[str] = field(default_factory=set)
    """Kinds of violations that the test is about."""

    async def deliver(self, http: httpx.AsyncClient) -> Deliver:
        telemetry = Telemetry()
        budget = Budget(await self.bus.records("budget", BudgetRecord))
        calls = FrameIO(http, FixedToken(SecretStr(TOKEN)), Pacer(1.0, budget), telemetry)
        await discover(calls, None)
        ledger = Ledger(
            await self.bus.records("deliveries", DeliveryRecord),
            await self.bus.records("deliveries", PlaceRecord),
            await self.bus.records("assets", AssetRecord),
        )
        folders = Folders(calls, await self.bus.records("folders", FolderRecord), now=self.now)
        sightings = Sightings(Statuses(calls), calls, now=self.now)
        removal = Removal(calls)
        endings = Endings(ledger, self.bus.publish, now=self.now)
        posting = Posting(calls, ledger, removal, now=self.now, sleep=self.sleep)
        following = Following(sightings, calls, self.source.transfer, stop=self.stop, now=self.now)
        aftermath = Aftermath(sightings, Surplus(calls, ledger, removal), endings, now=self.now)
        return Deliver(
            ledger,
            folders,
            posting,
            following,
            aftermath,
            Absent(self.source.whereabouts, now=self.now),
            endings,
            Resending(posting, following, endings.stale, now=self.now, pauses_s=self.pauses_s),
            Conclusion(posting, following, aftermath, endings),
            telemetry,
            now=self.now,
        )

    @asynccontextmanager
    async def uploading(self, replicas: int = 1) -> AsyncIterator[None]:
        """Uploaders at work until the block ends."""
        async with httpx.AsyncClient(base_url=self.frameio_url, timeout=30) as http:
            readers = [
                Reader(self.bus, "uploader", await self.deliver(http), service="uploader", slots=4)
                for _ in range(replicas)
            ]
            tasks = [asyncio.create_task(reader.run(self.stop)) for reader in readers]
            try:
                yield
            finally:
                self.stop.set()
                await asyncio.gather(*tasks)

    def exposed(self, **changed: object) -> FileExposed:
        told = {
            "size_bytes": len(FILM),
            "public_url": f"{self.source_url}/x/abc/1/k/sig",
            "expires_at": self.now() + timedelta(hours=1),
            "at": self.now(),
        }
        return exposed(**(told | changed))

    async def published(self, state: str, count: int = 1, timeout_s: float = 20.0) -> list[Any]:
        """The messages of this state in the stream, once there are `count`."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = [message for message in await self.story() if getattr(message, "state", None) == state]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"no {state} within {timeout_s} s; there is {await self.story()}"
            await asyncio.sleep(0.05)

    async def posted(self, count: int, timeout_s: float = 20.0) -> None:
        """Wait until so many remote uploads were asked for."""
        deadline = time.monotonic() + timeout_s
        while self.frameio.journal.count("remote_upload") < count:
            assert time.monotonic() < deadline, f"no {count} posts within {timeout_s} s"
            await asyncio.sleep(0.02)

    async def settled(self, timeout_s: float = 20.0) -> None:
        """Wait until every message has been handled."""
        deadline = time.monotonic() + timeout_s
        while True:
            info = await self.bus.jetstream.consumer_info(topology.STREAM, "uploader")
            if not info.num_pending and not info.num_ack_pending:
                return
            assert time.monotonic() < deadline, f"not settled within {timeout_s} s"
            await asyncio.sleep(0.02)

    async def story(self) -> list[Message]:
        """Every message about files, in their order."""
        info = await self.bus.jetstream.stream_info(topology.STREAM)
        messages = []
        for sequence in range(info.state.first_seq, info.state.last_seq + 1):
            try:
                raw = await self.bus.jetstream.get_msg(topology.STREAM, sequence)
            except Exception:
                continue
            if raw.subject and raw.subject.startswith("postflow.file."):
                messages.append(decode(raw.subject, raw.data or b""))
        return messages

    def assets(self) -> list[Any]:
        return [file for file in self.frameio.store.files.values() if file.deleted_at is None]


@asynccontextmanager
async def rig(bus: Bus, **settings: object) -> AsyncIterator[Rig]:
    """At the end Frame.io saw no call that a good client would not have made, but of the kinds in `Rig.about`."""
    quick = {"allow_http_source": True, "fetch_delay_s": 0.05, "transcoded_after_s": 0.2}
    simulator = FrameioSimulator(Settings.model_validate(quick | settings))
    source = Source()
    async with running(simulator.app) as frameio_url, running(source.app) as source_url:
        made = Rig(bus, simulator, frameio_url, source, source_url, now=lambda: datetime.now(UTC))
        yield made
        violations = simulator.journal.violations_beside(*made.about)
        assert not violations, violations
