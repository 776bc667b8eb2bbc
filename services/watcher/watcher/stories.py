"""Edge: what the stream tells of files, in its order. Asked for in batches: no reader is made there for that."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import nats.errors
from nats.aio.msg import Msg

from postflow.bus import Bus
from postflow.decoding import decode
from postflow.errors import BusUnavailable, MalformedMessage
from postflow.logs import get_logger
from postflow.messages import FileEnded, FileMessage, FileReady, FileRejected, FileWaiting
from postflow.topology import STREAM

logger = get_logger(__name__)

BATCH = 500
PATIENCE_S = 10.0

EVERYTHING, READY = "postflow.file.>", "postflow.file.ready.>"
TELLING = ("ready", "rejected", "waiting", "delivered", "superseded", "failed")
"""The states that the ledger knows of."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the stream.

    Attributes:
        sequence: the place of the last message that was looked at.
        left: how many there are after it.
    """

    messages: tuple[FileReady | FileRejected | FileWaiting | FileEnded, ...]
    sequence: int
    left: int


class Stories:
    """Every call raises BusUnavailable."""

    def __init__(self, bus: Bus, *, filespace: str) -> None:
        self._bus = bus
        self._filespace = filespace

    async def newest(self) -> FileReady | None:
        """The last release of a file of this filespace."""
        try:
            last = await self._bus.last(READY)
        except MalformedMessage:
            last = None
        if isinstance(last, FileReady) and self._is_ours(last):
            return last
        return await self._last_readable()

    async def _last_readable(self) -> FileReady | None:
        found = None
        async for part in self.parts(0, READY):
            found = next((one for one in reversed(part.messages) if isinstance(one, FileReady)), found)
        return found

    async def parts(self, after: int, subjects: str = EVERYTHING) -> AsyncIterator[Part]:
        """What is told of this filespace after a place, up to what is there now."""
        left = 1
        while left > 0:
            part = await self._part(after, subjects)
            if part is None:
                return
            yield part
            after, left = part.sequence, part.left

    async def _part(self, after: int, subjects: str) -> Part | None:
        """None if there is no more."""
        *raws, end = await self._asked({"seq": after + 1, "batch": BATCH, "next_by_subj": subjects})
        if not raws:
            return None
        sequence = _number(raws[-1], "Nats-Sequence")
        if sequence != _number(end, "Nats-Last-Sequence"):
            raise BusUnavailable("NATS did not tell all of the stream that was asked for")
        found = [message for raw in raws if (message := self._message(raw)) is not None]
        return Part(tuple(found), sequence, _number(end, "Nats-Num-Pending"))

    async def _asked(self, wanted: dict[str, object]) -> list[Msg]:
        """The messages, and one without content that says how it went on."""
        client, replies = self._bus.client, list[Msg]()
        try:
            heard = await client.subscribe(inbox := client.new_inbox())
            try:
                await client.publish(f"$JS.API.DIRECT.GET.{STREAM}", json.dumps(wanted).encode(), reply=inbox)
                while not replies or "Status" not in (replies[-1].headers or {}):
                    replies.append(await heard.next_msg(PATIENCE_S))
            finally:
                await heard.unsubscribe()
        except (TimeoutError, nats.errors.Error) as error:
            raise BusUnavailable(f"NATS does not tell what is in the stream: {type(error).__name__}") from error
        status = (replies[-1].headers or {})["Status"]
        if status not in ("204", "404"):
            raise BusUnavailable(f"NATS does not tell what is in the stream: it answers {status}")
        return replies

    def _message(self, raw: Msg) -> FileReady | FileRejected | FileWaiting | FileEnded | None:
        """None if it says nothing that the ledger holds."""
        subject = (raw.headers or {})["Nats-Subject"]
        if subject.split(".")[2] not in TELLING:
            return None
        try:
            message = decode(subject, raw.data)
        except MalformedMessage:
            logger.warning("cannot read a message of the stream", action="story_unread", subject=subject)
            return None
        if isinstance(message, FileReady | FileRejected | FileWaiting | FileEnded) and self._is_ours(message):
            return message
        return None

    def _is_ours(self, message: FileMessage) -> bool:
        return message.filespace == self._filespace


def _number(raw: Msg, header: str) -> int:
    return int((raw.headers or {})[header])
