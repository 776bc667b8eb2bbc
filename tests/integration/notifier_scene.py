"""Edge: a notifier that runs between a real nats-server and a Discord on a real socket, while a test looks on."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import structlog

from notifier.channels import webhook
from notifier.channels.directory import Directory
from notifier.channels.discord import Discord, http_client
from notifier.channels.log import Log
from notifier.channels.pace import Pace
from notifier.listening import Listening
from notifier.notify import Notifier
from notifier.posts import Post
from notifier.story import Ending, Story
from notifier.troubles import Troubles
from postflow import logs
from postflow.bus import Bus
from postflow.messages import Message
from postflow.reading import Reader
from postflow.topology import STREAM
from simulators.discord import DiscordSimulator, Settings, Webhook
from simulators.discord.messages import Message as Posted
from simulators.serving import running

TOKEN = "simulated-webhook-token"
FASTER = 20
"""Discord's windows and our pace, this many times as fast."""


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postflow.settlement.backoff_s", lambda deliveries: 0.05)
    monkeypatch.setattr("notifier.channels.discord.CROWDED_S", 0.2)


class LogLines:
    """What the service would have written to its log."""

    def __init__(self) -> None:
        self._written = io.StringIO()

    def start(self, level: str) -> None:
        logs.configure("notifier", level=level, form="json")
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(self._written)

    @property
    def text(self) -> str:
        return self._written.getvalue()


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """Leaves logging as it was: it belongs to the whole process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield LogLines()
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Scene:
    """A notifier that runs while a test looks on."""

    def __init__(self, bus: Bus, discord: DiscordSimulator, channel: Discord | Log, notifier: Notifier) -> None:
        self.bus = bus
        self.notifier = notifier
        self.discord = discord
        self.channel = channel
        self.about: set[str] = set()
        """Kinds of violations that the test is about."""
        self._last = 0

    async def hear(self, *messages: Message) -> None:
        """Publish, even what is in the stream already."""
        for message in messages:
            stored = await self.bus.jetstream.publish(
                message.subject, message.model_dump_json().encode(), stream=STREAM
            )
            self._last = stored.seq

    async def settled(self) -> None:
        """Everything published so far has been handled."""
        async with asyncio.timeout(30):
            while True:
                info = await self.bus.jetstream.consumer_info(STREAM, "notifier")
                if info.ack_floor is not None and info.ack_floor.stream_seq >= self._last:
                    return
                await asyncio.sleep(0.02)

    @property
    def shown(self) -> list[Posted]:
        return [message for message in self.discord.messages.all.values() if message.deleted_at is None]

    @property
    def titles(self) -> list[str]:
        return [message.shown.embeds[0]["title"].replace("\\", "") for message in self.shown]


def discord(**changed: object) -> DiscordSimulator:
    scaled: dict[str, object] = {
        "webhook_window_s": 2.0 / FASTER,
        "channel_window_s": 60.0 / FASTER,
        "webhooks": (Webhook(token=TOKEN),),
    }
    return DiscordSimulator(Settings.model_validate(scaled | changed))


@asynccontextmanager
async def notifying(
    bus: Bus, simulator: DiscordSimulator, *, token: str = TOKEN, silent: bool = False
) -> AsyncIterator[Scene]:
    """At the end Discord saw no call that a good client would not have made, but of the kinds in `Scene.about`."""
    async with running(simulator.app) as base_url, http_client() as client:
        hook = webhook.parse(f"{base_url}/api/webhooks/{Webhook().id}/{token}")
        pace, everywhere = Pace(per_minute=25.0 * FASTER), Pace(per_minute=6000.0)
        channel = Log() if silent else Discord("default", hook, client, pace=pace, everywhere=everywhere)
        notifier = Notifier(
            await bus.records("posts", Post),
            Directory({"default": channel}).of,
            Story(bus.telemetry, await bus.records("posts", Ending)).ended,
            telemetry=bus.telemetry,
            now=lambda: datetime.now(UTC),
            jaeger_url="http://jaeger:16686",
        )
        listening = Listening(await bus.records("posts", Troubles), notifier.show, now=lambda: datetime.now(UTC))
        stop = asyncio.Event()
        handler = listening.or_else(notifier.handle)
        reading = asyncio.create_task(Reader(bus, "notifier", handler, service="notifier", slots=64).run(stop))
        scene = Scene(bus, simulator, channel, notifier)
        try:
            yield scene
        finally:
            stop.set()
            await reading
        violations = simulator.journal.violations_beside(*scene.about)
        assert not violations, violations
