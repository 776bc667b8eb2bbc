"""Edge: the root span of a file's trace, emitted when an attempt has ended for the first time.

All its times come from messages, so that emitting it again gives the same span. Which ending was the first is kept
beside the posts: an attempt may end twice (a message that is parked after all), and its trace has one root.
"""

import asyncio
from pathlib import PurePosixPath

from pydantic import AwareDatetime

from postflow import attributes
from postflow.destination import Frozen
from postflow.errors import RecordConflict
from postflow.logs import without_secrets
from postflow.messages import FileDelivered, FileEnded, FileFailed
from postflow.records import Records
from postflow.telemetry import Telemetry


class Ending(Frozen):
    """The first ending of an attempt."""

    state: str
    at: AwareDatetime


class Story:
    def __init__(self, telemetry: Telemetry, endings: Records[Ending]) -> None:
        self._telemetry = telemetry
        self._endings = endings

    async def ended(self, message: FileEnded) -> None:
        """Emit the attempt's root span and export it, unless another ending was first.

        The record comes first: a crash right after it leads here again, with the same message.
        """
        if not await self._is_first(message):
            return
        self._telemetry.root(
            f"file {PurePosixPath(message.path).name}",
            file_id=message.file_id,
            attempt=message.attempt,
            start=message.changed_at,
            end=message.at,
            attributes=_facts(message),
            error=without_secrets(f"{message.code}: {message.why}") if isinstance(message, FileFailed) else None,
        )
        await asyncio.to_thread(self._telemetry.flush)

    async def _is_first(self, message: FileEnded) -> bool:
        key = f"root.{message.file_id}.{message.attempt}"
        ending = Ending(state=message.state, at=message.at)
        try:
            await self._endings.create(key, ending)
        except RecordConflict:
            held = await self._endings.get(key)
            return held is not None and held.value == ending
        return True


def _facts(message: FileEnded) -> dict[str, str | int]:
    facts: dict[str, str | int] = {
        attributes.FILE_ID: message.file_id,
        attributes.PATH: message.path,
        attributes.SIZE: message.size_bytes,
        attributes.ATTEMPT: message.attempt,
        attributes.EXPOSURE: message.exposure,
        attributes.STATE: message.state,
        attributes.ROUTE: message.destination.route,
        attributes.LANE: message.lane.value,
    }
    if isinstance(message, FileDelivered):
        facts[attributes.ASSET_ID] = message.asset_id
    if isinstance(message, FileFailed):
        facts[attributes.CODE] = message.code
    return facts
