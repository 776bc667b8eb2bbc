"""Edge: six films, each held at another stage of its way at the same time, so that one fault meets every stage."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum, auto
from typing import Any, NamedTuple

import httpx
import nats
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from postflow.identity import file_id
from postflow.topology import DURABLES, STREAM
from tests.chaos.books import Revision, digest
from tests.chaos.plan import Film, name_of
from tests.e2e.studio import Studio, eventually, words

HOLD_S = 10.0
"""How long a film stays at its stage if nothing happens: time enough to bring the others to theirs."""
CARD_HOLD_S = 14.0
TRIES = 3
"""On a busy machine a hold may be over before the last film is where it should be; then other films try."""

SMALL_BYTES = 5_000
LARGE_BYTES = 24_000_000
"""More than the connections on its way can hold."""

Fault = Mapping[str, object]


class Stage(StrEnum):
    RELEASED = auto()
    """It waits for one of the exposures, which the others have taken."""
    POSTING = auto()
    """Exposed, its POST is done at Frame.io and not answered."""
    POSTED = auto()
    """Answered, and nobody has come to fetch it."""
    FETCHING = auto()
    """Some of its bytes are in Frame.io."""
    FETCHED = auto()
    """All of them, and Frame.io does not say so yet."""
    DELIVERED = auto()
    """Its card is in Discord, and the notifier has not been answered."""


HOLDS: dict[Stage, Fault] = {
    Stage.POSTING: {"kind": "delay_answer", "route": "remote_upload", "delay_s": HOLD_S},
    Stage.POSTED: {"kind": "delay_fetch", "delay_s": HOLD_S},
    Stage.FETCHING: {"kind": "slow_fetch", "bytes_per_s": LARGE_BYTES / HOLD_S},
    Stage.FETCHED: {"kind": "slow_processing", "uploaded_after_s": HOLD_S},
}
WINDOW = len(HOLDS)
CARD_HELD: Fault = {"kind": "delay_answer", "route": "execute", "delay_s": CARD_HOLD_S}


class Answered(NamedTuple):
    """Calls to Frame.io and Discord that have had their answer."""

    posts: int
    cards: int


class NotHeld(Exception):
    """Not all films were at their stages at one time."""


class Stages:
    """
    Args:
        studio: a PostFlow that exposes WINDOW films at once.
    """

    def __init__(self, studio: Studio, http: httpx.AsyncClient) -> None:
        self._studio = studio
        self._http = http
        self._count = 0
        self.revisions: list[Revision] = []
        """Of every film so far."""

    async def reached(self, card_fault: Fault | None) -> dict[Stage, str]:
        """The names of six films, each at its stage.

        Args:
            card_fault: what Discord does with the card of the one that is delivered, in place of answering late.
        """
        for _ in range(TRIES):
            try:
                return await self._once(card_fault)
            except NotHeld as error:
                missed = error
                await self.told_of_all()
        raise AssertionError(f"tried {TRIES} times: {missed}")

    async def told_of_all(self) -> None:
        """Wait until there is a card for each film so far."""

        async def told() -> bool:
            texts = [words(str(card["embeds"])) for card in await self._studio.cards()]
            return all(any(name_of(one.film.path) in text for text in texts) for one in self.revisions)

        await eventually(told, "a card for each film", timeout_s=150)

    async def all_handled(self) -> bool:
        """Whether no reader has a message before it: until then it may still do something twice."""
        client = await nats.connect(self._studio.stack.urls.nats)
        try:
            readers = [await client.jetstream().consumer_info(STREAM, name) for name in DURABLES]
        finally:
            await client.close()
        return not any(reader.num_pending or reader.num_ack_pending for reader in readers)

    async def fail(self, simulator: str, *faults: Fault) -> None:
        address = f"{getattr(self._studio.stack.urls, simulator)}/_sim/faults"
        (await self._http.post(address, json={"faults": [dict(fault) for fault in faults]})).raise_for_status()

    async def _once(self, card_fault: Fault | None) -> dict[Stage, str]:
        films = {stage: self._path() for stage in Stage}
        await self.fail("discord", card_fault or CARD_HELD)
        await self.fail("frameio", *({**hold, "name": name_of(films[stage])} for stage, hold in HOLDS.items()))
        before = await self._answered()
        self._export(films[Stage.DELIVERED])
        await eventually(lambda: self._assets([films[Stage.DELIVERED]]), "the first is posted")
        for stage in HOLDS:
            self._export(films[stage], LARGE_BYTES if stage is Stage.FETCHING else SMALL_BYTES)
        await eventually(lambda: self._assets([films[stage] for stage in HOLDS]), "the others are posted")
        self._export(films[Stage.RELEASED])
        await self._all_there(films, before, is_card_held=card_fault is None)
        return {stage: name_of(path) for stage, path in films.items()}

    def _path(self) -> str:
        self._count += 1
        return f"SQ01/UNDLM_{self._count:05d}/SQ01_UNDLM_{self._count:05d}_v001.mov"

    def _export(self, path: str, size_bytes: int = SMALL_BYTES) -> None:
        content = os.urandom(size_bytes)
        film = Film(number=0, at_s=0.0, path=path, size_bytes=size_bytes, written_s=0.0)
        self.revisions.append(Revision(film, digest(content), size_bytes, is_last=True))
        self._studio.export(path, content)

    async def _all_there(self, films: Mapping[Stage, str], before: Answered, *, is_card_held: bool) -> None:
        deadline = time.monotonic() + HOLD_S
        while True:
            there = await self._there(films, before, is_card_held=is_card_held)
            if all(there.values()):
                return
            if time.monotonic() > deadline:
                raise NotHeld(
                    f"not at their stages: {[str(stage) for stage, is_there in there.items() if not is_there]}"
                )
            await asyncio.sleep(0.05)

    async def _there(self, films: Mapping[Stage, str], before: Answered, *, is_card_held: bool) -> dict[Stage, bool]:
        told = await self._told(films)
        assets = await self._assets([path for stage, path in films.items() if stage is not Stage.RELEASED])
        now = await self._answered()
        card_is_out = bool(await self._studio.cards_of(name_of(films[Stage.DELIVERED]))) and now.cards == before.cards
        fetching, fetched = assets[films[Stage.FETCHING]], assets[films[Stage.FETCHED]]
        return {
            Stage.RELEASED: told["ready"] and not told["exposed"],
            Stage.POSTING: now.posts - before.posts == len(assets) - 1,
            Stage.POSTED: not assets[films[Stage.POSTED]]["source_requests"],
            Stage.FETCHING: 0 < sum(request["received_bytes"] for request in fetching["source_requests"]) < LARGE_BYTES,
            Stage.FETCHED: fetched["sha256"] is not None and fetched["status"] not in ("uploaded", "transcoded"),
            Stage.DELIVERED: told["delivered"] and (card_is_out or not is_card_held),
        }

    async def _assets(self, paths: Sequence[str]) -> dict[str, dict[str, Any]]:
        """By path; empty before all are there."""
        path_of = {name_of(path): path for path in paths}
        found = {path_of[one["name"]]: one for one in await self._studio.assets() if one["name"] in path_of}
        return found if len(found) == len(paths) else {}

    async def _told(self, films: Mapping[Stage, str]) -> dict[str, bool]:
        """Whether the stream says of the first and the last film how far they are."""
        first, last = self._file_id(films[Stage.DELIVERED]), self._file_id(films[Stage.RELEASED])
        client = await nats.connect(self._studio.stack.urls.nats)
        subjects = {"ready": f"ready.small.{last}", "exposed": f"exposed.{last}", "delivered": f"delivered.{first}"}
        try:
            return {fact: await _holds(client.jetstream(), subject) for fact, subject in subjects.items()}
        finally:
            await client.close()

    def _file_id(self, path: str) -> str:
        found = (self._studio.exports / path).stat()
        return file_id("local", f"EXPORTS/{path}", found.st_size, found.st_mtime_ns)

    async def _answered(self) -> Answered:
        return Answered(await self._calls("frameio", "remote_upload"), await self._calls("discord", "execute"))

    async def _calls(self, simulator: str, route: str) -> int:
        """Those that have been answered."""
        answer = await self._http.get(f"{getattr(self._studio.stack.urls, simulator)}/_sim/calls")
        return int(answer.raise_for_status().json()["routes"].get(route, {"calls": 0})["calls"])


async def _holds(jetstream: JetStreamContext, subject: str) -> bool:
    try:
        await jetstream.get_last_msg(STREAM, f"postflow.file.{subject}")
    except NotFoundError:
        return False
    return True
