"""Edge: the commands that only look: doctor, status, why."""

import asyncio
from collections.abc import AsyncIterator, Collection

from console import answers, broker, parking, stream
from console.lines import SERVICES, of_nats, of_services
from console.original import path_in
from console.standing import FILE_ID, Count, Standing
from console.story import told
from console.switches import pauses
from postflow.bus import Bus
from postflow.checks import ChecksAnswer, ChecksQuestion, ask_checks
from postflow.decoding import decode
from postflow.desk import ASK_WAITING, ASK_WHY, WaitingAnswer, WaitingQuestion, WhyAnswer, WhyQuestion
from postflow.errors import BusUnavailable, MalformedMessage
from postflow.identity import comparable
from postflow.messages import Message, Parked

CHECKS_S = 2.5
"""Within which a service that lives has answered, after a fresh look at what it looks at seldom."""
WATCHER_S = 20.0
"""It may have to look at a slow mount."""


async def doctor(bus: Bus, *, max_file_store_bytes: int | None) -> answers.Doctor:
    asked = bus.ask_each(map(ask_checks, SERVICES), ChecksQuestion(), ChecksAnswer, within_s=CHECKS_S)
    seen, said = await asyncio.gather(broker.facts(bus, max_file_store_bytes=max_file_store_bytes), asked)
    return answers.Doctor(checks=(*of_nats(seen), *of_services(said)))


async def status(bus: Bus) -> answers.Status:
    standing = Standing()
    async for one in stream.read(bus, ["postflow.file.>"], headers_only=True):
        standing.take(one.subject, one.dedupe_id, one.sequence, one.at)
    waiting = await _waiting(bus)
    return answers.Status(
        files=tuple([await _named(bus, count) for count in standing.counts()]),
        waiting=waiting.total if waiting else None,
        waiting_oldest=waiting.files if waiting else (),
        put_aside=await parking.count(bus),
        held=waiting.held if waiting else 0,
        pauses=(await pauses(bus)).all,
    )


async def why(bus: Bus, asked: str) -> answers.Story:
    """
    Args:
        asked: a path, absolute on the mount or inside the filespace, or the id of a file.
    """
    is_id = FILE_ID.fullmatch(asked) is not None
    question = WhyQuestion(file_id=asked) if is_id else WhyQuestion(path=asked)
    try:
        watcher = await bus.ask(ASK_WHY, question, WhyAnswer, timeout_s=WATCHER_S)
    except BusUnavailable:
        watcher = None
    wanted = {asked} if is_id else await _ids(bus, asked, watcher)
    story = [pair async for pair in _messages(bus, wanted)] if wanted else []
    return answers.Story(asked=asked, watcher=watcher, chapters=tuple(told(story)))


async def _waiting(bus: Bus) -> WaitingAnswer | None:
    try:
        return await bus.ask(ASK_WAITING, WaitingQuestion(limit=5), WaitingAnswer, timeout_s=WATCHER_S)
    except BusUnavailable:
        return None


async def _named(bus: Bus, count: Count) -> answers.Standing:
    last = await stream.one(bus, count.sequence)
    path = path_in(last.payload) if last else ""
    return answers.Standing(
        state=count.state, count=count.count, oldest_at=count.oldest_at, oldest=path or "its message is gone"
    )


async def _ids(bus: Bus, path: str, watcher: WhyAnswer | None) -> set[str]:
    """The ids of every revision of a path."""
    if watcher is not None:
        ids = {revision.file_id for revision in watcher.revisions}
        return ids | ({watcher.file_id} if watcher.file_id else set())
    # Nobody can say where the mount is: a path that ends so is the one.
    asked, found = f"/{comparable(path).strip('/')}", set()
    async for one in stream.read(bus, ["postflow.file.ready.>", "postflow.file.rejected.>"]):
        known = comparable(path_in(one.payload))
        if known and (asked == f"/{known}" or (path.startswith("/") and asked.endswith(f"/{known}"))):
            found.add(one.subject.rsplit(".", 1)[-1])
    return found


async def _messages(bus: Bus, file_ids: Collection[str]) -> AsyncIterator[tuple[str, Message]]:
    """Every message about these files, and every note that one was put aside."""
    subjects = [f"postflow.file.{tail}.{file_id}" for file_id in file_ids for tail in ("*", "*.*")]
    async for one in stream.read(bus, [*subjects, "postflow.parked.>"]):
        try:
            message = decode(one.subject, one.payload)
        except MalformedMessage:
            continue  # its reader has parked it
        subject = message.original_subject if isinstance(message, Parked) else one.subject
        file_id = subject.rsplit(".", 1)[-1]
        if file_id in file_ids:
            yield file_id, message
