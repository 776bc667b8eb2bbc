"""Edge: follows every file through the messages about it, and tells the screen.

It listens on core NATS, where whatever is published to the stream passes by as well; it stores and settles nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Protocol

from onehost.demo import story
from onehost.demo.card import Seen
from onehost.demo.screen import Screen
from onehost.demo.story import ENDINGS, Stage, Told, Tone
from onehost.demo.trace import Row
from postflow import connecting
from postflow.decoding import decode
from postflow.errors import MalformedMessage
from postflow.messages import FileMessage, FilePlayable, FileReady, FileRejected, Message, Progress
from postflow.telemetry import Telemetry
from postflow.wording import size

ENDINGS_AT_ONCE = 4
"""Files whose card and trace are looked for at the same time."""


class _Raw(Protocol):
    subject: str
    data: bytes


class Evidence(Protocol):
    """What Discord and Jaeger show. Both are asked until there is something, for a while."""

    async def card(self, file_id: str, path: str) -> Seen | None: ...

    async def trace(self, file_id: str) -> list[Row]: ...

    def trace_page(self, file_id: str) -> str: ...


class File:
    """What is known of one file so far."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.stage = Stage.UNSEEN
        self.trouble: Told | None = None
        """What the last message said that went wrong."""
        self.ended = asyncio.Event()
        self.told_to_the_end = asyncio.Event()
        self._began_s = time.monotonic()

    @property
    def name(self) -> str:
        """In one line: a name may hold even a line's end."""
        return " ".join(PurePosixPath(self.path).name.splitlines())

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._began_s

    def has_come_to(self, stage: Stage | None) -> None:
        if stage is not None:
            self.stage = stage
        if self.stage in ENDINGS:
            self.ended.set()


class Narrator:
    def __init__(self, screen: Screen, evidence: Evidence) -> None:
        self._screen = screen
        self._evidence = evidence
        self._files: dict[str, File] = {}
        self._paths: dict[str, str] = {}
        self._heard: set[str] = set()
        self._heading: File | None = None
        self._room = asyncio.Semaphore(ENDINGS_AT_ONCE)
        self._endings: set[asyncio.Task[None]] = set()

    def file(self, path: str) -> File:
        """What is known of a path. Its story begins when it is first asked for."""
        return self._files.setdefault(path, File(path))

    def beginning(self, path: str) -> File:
        """The same; a path whose story has ended begins another, for what somebody has put there since."""
        if self.file(path).stage in ENDINGS:
            del self._files[path]
        return self.file(path)

    def tell(self, file: File, told: Told) -> None:
        self._screen.told(file.age_s, replace(told, text=self._named(file) + told.text))

    def tell_progress(self, file: File, step: str, done: int, total: int) -> None:
        self._screen.bar(file.path, file.age_s, step, self._named(file), done, total)
        if done >= total:
            self._screen.bar_over(file.path)
            self.tell(file, Told(step, f"all of it, {size(total)}"))

    def hear(self, message: Message) -> None:
        match message:
            case Progress():
                self._hear_progress(message)
            case FileMessage():
                self._hear_of_file(message)
            case _:
                if (told := story.told(message)) is not None:
                    self._screen.told(None, told)

    def _hear_of_file(self, message: FileMessage) -> None:
        """A fact that is published twice is stored once, and told once."""
        if message.dedupe_id in self._heard:
            return
        if message.dedupe_id:
            self._heard.add(message.dedupe_id)
        self._paths[message.file_id] = message.path
        file = self.beginning(message.path) if isinstance(message, FileReady) else self.file(message.path)
        file.has_come_to(story.stage_of(message))
        self._screen.bar_over(file.path)
        if (told := story.told(message)) is not None:
            file.trouble = told if told.tone is Tone.BAD else None
            self.tell(file, told)
        if file.stage in ENDINGS and not isinstance(message, FilePlayable):
            ending = asyncio.create_task(self._tell_ending(file, message))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    def _hear_progress(self, message: Progress) -> None:
        path = self._paths.get(message.file_id)
        if path is None or self.file(path).stage not in (Stage.EXPOSED, Stage.PULLED):
            return
        file = self.file(path)
        file.has_come_to(Stage.FETCHED if message.bytes_done >= message.size_bytes else Stage.PULLED)
        self.tell_progress(file, "pulled", message.bytes_done, message.size_bytes)

    async def _tell_ending(self, file: File, message: FileMessage) -> None:
        """The card and the trace, as soon as they are there; in short while other files are on their way."""
        try:
            async with self._room:
                await self._tell_card(file, message)
                if not isinstance(message, FileRejected):
                    await self._tell_trace(file, message)
        finally:
            file.told_to_the_end.set()

    async def _tell_card(self, file: File, message: FileMessage) -> None:
        card = await self._evidence.card(message.file_id, message.path)
        if card is None:
            self.tell(file, Told("card", "Discord shows none yet; the notifier's log may say why", Tone.BAD))
        elif self._is_crowded():
            self.tell(file, Told("card", f"Discord shows: {card.title}"))
        else:
            self.tell(file, Told("card", "Discord shows:"))
            self._screen.card(card)

    async def _tell_trace(self, file: File, message: FileMessage) -> None:
        rows = await self._evidence.trace(message.file_id)
        if self._is_crowded() or not rows:
            self.tell(file, Told("trace", self._evidence.trace_page(message.file_id)))
        else:
            whole = story.duration(rows[0].span.seconds)
            self.tell(file, Told("trace", f"one for the whole way, {len(rows)} spans, {whole}:"))
            self._screen.trace(rows)

    def _named(self, file: File) -> str:
        """A file alone has a heading. When several are on their way, each line says which it is about."""
        if self._is_crowded():
            self._heading = None
            return f"{file.name}: "
        if self._heading is not file:
            self._heading = file
            self._screen.heading(file.name)
        return ""

    def _is_crowded(self) -> bool:
        return sum(not file.told_to_the_end.is_set() for file in self._files.values()) > 1


@asynccontextmanager
async def listening(narrator: Narrator, nats_url: str) -> AsyncIterator[None]:
    """Have the narrator hear every message until the block ends."""
    connection = await connecting.connect(
        nats_url,
        name="demo",
        user=None,
        password=None,
        telemetry=Telemetry(),
        on_closed=lambda: None,
        on_trouble=lambda reason: None,
    )

    async def hear(raw: _Raw) -> None:
        try:
            message = decode(raw.subject, raw.data)
        except MalformedMessage:
            return  # a question, an answer, a retry for one reader: not of the story
        narrator.hear(message)

    try:
        await connection.client.subscribe("postflow.>", cb=hear)
        await connection.client.flush()
        yield
    finally:
        await connection.close()
