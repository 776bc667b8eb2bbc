"""Edge: the handler of `fileserver-expose-<lane>`: a `ready` or a `stale` becomes an open exposure, or a refusal.

Reads the ledger, looks at the file, writes the ledger, publishes `exposed`: in this order, so that every line may be
the last one before a crash. See `fileserver.exposures` for what makes good which. Before a file that did not come
through is exposed again, its tunnel is looked at.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from fileserver import losses
from fileserver.exposure import Exposure, Nothing, OpenNext, SayAgain, State, came_to_nothing, next_step
from fileserver.film import Film
from fileserver.inspection import Inspection
from fileserver.live import Live
from fileserver.rotating import Keys
from postflow.destination import Lane
from postflow.errors import NotYet, PermanentError, RetryableError
from postflow.logs import get_logger
from postflow.messages import FileExposed, FileReady, FileStale, Message, Refusal, RoutedMessage
from postflow.reading import Delivery
from postflow.settlement import DEFECT_LIMIT

logger = get_logger(__name__)

EXPOSURE_ID_BYTES = 16

PAUSE_LOOK_S = 0.5
VOLUME_LOOK_S = 2.0
TUNNEL_WAIT_S = 5.0
TUNNEL_LOOK_S = 0.5


class Ledger(losses.Kept, Protocol):
    async def get(self, file_id: str) -> Exposure | None: ...
    async def open(self, wanted: Exposure, still: Callable[[Exposure | None], bool]) -> bool: ...
    async def refuse(self, refused: Exposure, still: Callable[[Exposure | None], bool]) -> bool: ...
    def take_up(self, there: Exposure) -> None: ...
    def open_ones(self) -> list[Live]: ...


class Room(Protocol):
    async def room(self, lane: Lane) -> None: ...


class Mount(Protocol):
    @property
    def is_doubted(self) -> bool: ...
    async def is_there(self) -> bool: ...


class PublicName(losses.Doubted, Protocol):
    @property
    def base_url(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where an exposure can be fetched, and for how long."""

    keys: Keys
    name: PublicName
    internal_url: str | None
    lifetime_s: int


class Expose:
    def __init__(
        self,
        ledger: Ledger,
        look: Callable[[Film], Awaitable[None]],
        publish: Callable[[Message], Awaitable[None]],
        addresses: Addresses,
        now: Callable[[], datetime],
        *,
        filespace: str,
    ) -> None:
        self._ledger = ledger
        self._inspection = Inspection(look)
        self._publish = publish
        self._addresses = addresses
        self._now = now
        self._filespace = filespace

    async def __call__(self, delivery: Delivery) -> None:
        """Raises NotYet when the volume is away, RetryableError, or PermanentError for another filespace's file.

        Whoever asks for another address waits for an answer and holds the place of its file in Frame.io meanwhile. So
        a `stale` that leads to nothing is no message to be parked: it is refused, and the uploader ends the story.
        """
        message = delivery.message
        assert isinstance(message, FileReady | FileStale), "the durable filters"
        try:
            self._check_filespace(message)
            await self._expose(message)
        except PermanentError as error:
            if isinstance(message, FileReady):
                raise
            await self._refuse(message, Refusal(code=error.code, why=error.why, what_to_do=error.what_to_do))
        except RetryableError:
            raise
        except Exception as error:
            if isinstance(message, FileReady) or delivery.defects + 1 < DEFECT_LIMIT:
                raise
            logger.exception("gave up", action="defect", file_id=message.file_id)
            await self._refuse(message, _defect(error))

    async def _expose(self, message: RoutedMessage) -> None:
        there = await self._ledger.get(message.file_id)
        match next_step(there, message):
            case Nothing():
                logger.debug("nothing to open", action="expose_skipped", file_id=message.file_id)
            case SayAgain(exposure):
                self._ledger.take_up(exposure)
                if exposure.state is State.REFUSED or self._ledger.find(exposure.exposure_id):
                    await self._announce(exposure)
            case OpenNext(number):
                if there is not None and came_to_nothing(there, message):
                    await losses.look_into(self._ledger, self._addresses.name, there)
                await self._open(message, number)

    async def announce_forgotten(self) -> None:
        """Publish `exposed` for whatever is open and may never have been announced."""
        for live in self._ledger.open_ones():
            if not live.record.announced:
                await self._announce(live.record)

    async def _refuse(self, message: RoutedMessage, refusal: Refusal) -> None:
        step = next_step(await self._ledger.get(message.file_id), message)
        if isinstance(step, OpenNext):
            refused = self._exposure(message, step.number, refusal)
            if await self._ledger.refuse(refused, lambda there: next_step(there, message) == step):
                await self._announce(refused)

    async def _open(self, message: RoutedMessage, number: int) -> None:
        def still(there: Exposure | None) -> bool:
            return next_step(there, message) == OpenNext(number)

        base_url = self._addresses.name.base_url
        if base_url is None:
            raise NotYet("there is no public name to expose it under", TUNNEL_WAIT_S)
        refusal = await self._inspection.refusal(message)
        if refusal is not None:
            exposure = self._exposure(message, number, refusal)
            done = await self._ledger.refuse(exposure, still)
        else:
            exposure = self._exposure(message, number, base_url=base_url)
            done = await self._ledger.open(exposure, still)
        if done:
            await self._announce(exposure)

    def _exposure(
        self, message: RoutedMessage, number: int, refusal: Refusal | None = None, *, base_url: str = ""
    ) -> Exposure:
        now = self._now()
        expires_at = (now + timedelta(seconds=self._addresses.lifetime_s)).replace(microsecond=0)
        return Exposure.of(
            message,
            exposure=number,
            state=State.OPEN if refusal is None else State.REFUSED,
            exposure_id=secrets.token_urlsafe(EXPOSURE_ID_BYTES) if refusal is None else "",
            base_url=base_url,
            opened_at=now,
            expires_at=expires_at if refusal is None else now,
            refusal=refusal,
        )

    async def _announce(self, exposure: Exposure) -> None:
        await self._publish(self._told(exposure))
        live = self._ledger.find(exposure.exposure_id)
        if live is not None and not live.record.announced:
            live.was_announced()
            await self._ledger.note(live)
        _log(exposure)

    def _told(self, exposure: Exposure) -> FileExposed:
        about = {name: getattr(exposure, name) for name in RoutedMessage.model_fields if name in Exposure.model_fields}
        about |= {"at": exposure.opened_at, "expires_at": exposure.expires_at, "refusal": exposure.refusal}
        if exposure.state is State.OPEN:
            path = self._addresses.keys.path(exposure.exposure_id, int(exposure.expires_at.timestamp()))
            internal = self._addresses.internal_url
            about["public_url"] = exposure.base_url + path if exposure.base_url else None
            about["internal_url"] = internal + path if internal else None
        return FileExposed.model_validate(about)

    def _check_filespace(self, message: RoutedMessage) -> None:
        if message.filespace != self._filespace:
            raise PermanentError(
                f"the file is on the filespace {message.filespace}, and this fileserver serves {self._filespace}",
                code="OTHER_FILESPACE",
                what_to_do="Set FILESPACE to the same name for the watcher and the fileserver.",
            )


async def permit(
    lane: Lane, room: Room, volume: Mount, name: PublicName, is_paused: Callable[[], bool] = lambda: False
) -> None:
    """Return when the next message of a lane may be taken: there is a place free, a name to expose it under, a
    volume to look at, and nobody has paused everything.

    On a volume that is doubted one is taken now and then: if its film is there, the volume is right after all."""
    await room.room(lane)
    while name.base_url is None:  # noqa: ASYNC110 - looking costs nothing, and the name may go while we wait
        await asyncio.sleep(TUNNEL_LOOK_S)
    while not await volume.is_there():  # noqa: ASYNC110 - a mount tells nobody when it comes back
        await asyncio.sleep(VOLUME_LOOK_S)
    if volume.is_doubted:
        await asyncio.sleep(VOLUME_LOOK_S)
    while is_paused():  # noqa: ASYNC110 - the switch is looked at every few seconds anyway
        await asyncio.sleep(PAUSE_LOOK_S)


def _defect(error: Exception) -> Refusal:
    return Refusal(
        code="DEFECT",
        why=f"gave up after {DEFECT_LIMIT} tries: {type(error).__name__}",
        what_to_do="Look for this file in the fileserver's log and report the defect with that line.",
    )


def _log(exposure: Exposure) -> None:
    facts = {
        "file_id": exposure.file_id,
        "path": exposure.path,
        "lane": exposure.lane.value,
        "attempt": exposure.attempt,
        "exposure": exposure.exposure,
    }
    if exposure.refusal is None:
        logger.info("exposed", action="exposed", expires_at=exposure.expires_at.isoformat(), **facts)
    else:
        logger.warning("not exposed", action="refused", code=exposure.refusal.code, why=exposure.refusal.why, **facts)
