"""Edge: find or create the folders of a destination, once, however many replicas want them.

Frame.io lets siblings have the same name, so two replicas that create one folder would make two. Whoever creates the
folder's record in the bucket `folders` is the one who looks and makes it; the others wait for its id to appear there.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import AwareDatetime

from postflow.destination import Destination, Frozen
from postflow.errors import NotYet, PermanentError, RecordConflict
from postflow.identity import comparable
from postflow.logs import get_logger
from postflow.records import Held, Records
from uploader.frameio.objects import Folder, Project

logger = get_logger(__name__)

MAKING_S = 60.0
"""How long the one who makes a folder may take before another takes over, and looks again first."""

POLL_S = 0.2


class FolderRecord(Frozen):
    """A folder of ours. Without an id somebody is making it, until `making_until`."""

    name: str
    parent_id: str
    folder_id: str | None = None
    making_until: AwareDatetime


class FolderCalls(Protocol):
    async def projects(self) -> list[Project]: ...
    async def folders_in(self, folder_id: str) -> list[Folder]: ...
    async def create_folder(self, parent_id: str, name: str) -> Folder: ...


class Folders:
    def __init__(
        self,
        calls: FolderCalls,
        records: Records[FolderRecord],
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._calls = calls
        self._records = records
        self._now = now
        self._sleep = sleep
        self._known: dict[tuple[str, str], str] = {}
        self._projects: dict[str, Project] = {}
        self._one_at_a_time = asyncio.Lock()

    async def project_id(self, destination: Destination) -> str:
        """Raises PermanentError when there is no such project."""
        return (await self._project(destination.project)).id

    async def place(self, destination: Destination) -> tuple[str, str]:
        """Ids of the project and of the innermost folder.

        Raises:
            PermanentError: there is no such project.
            NotYet: another replica takes long to make a folder.
        """
        project = await self._project(destination.project)
        folder_id = project.root_folder_id
        for name in destination.folder:
            folder_id = await self._child(folder_id, name)
        return project.id, folder_id

    async def forget(self, destination: Destination) -> None:
        """Somebody deleted the project or a folder of this destination in Frame.io: look for all of it next time."""
        project = self._projects.pop(destination.project, None)
        folder_id = project.root_folder_id if project else None
        for name in destination.folder:
            if folder_id is None:
                return
            parent_id, folder_id = folder_id, self._known.pop((folder_id, comparable(name)), None)
            await self._forget_record(_key(parent_id, name), folder_id)

    async def _forget_record(self, key: str, folder_id: str | None) -> None:
        """Unless it is about another folder by now: one that was made anew, or is being made."""
        held = await self._records.get(key)
        if held is None or held.value.folder_id is None or held.value.folder_id != folder_id:
            return
        with suppress(RecordConflict):
            await self._records.delete(key, held=held)

    async def _project(self, wanted: str) -> Project:
        if wanted not in self._projects:
            projects = await self._calls.projects()
            self._projects |= {p.name: p for p in reversed(projects)} | {p.id: p for p in projects}
        if wanted not in self._projects:
            raise PermanentError(
                f"there is no Frame.io project {wanted!r}, or our user may not see it",
                code="PROJECT_MISSING",
                what_to_do="Create the project, invite PostFlow's user, or correct `project` in the rules; then retry.",
            )
        return self._projects[wanted]

    async def _child(self, parent_id: str, name: str) -> str:
        known = self._known.get((parent_id, comparable(name)))
        if known is not None:
            return known
        async with self._one_at_a_time:
            folder_id = await self._found_or_made(parent_id, name)
        self._known[parent_id, comparable(name)] = folder_id
        return folder_id

    async def _found_or_made(self, parent_id: str, name: str) -> str:
        deadline = self._now() + timedelta(seconds=2 * MAKING_S)
        while self._now() < deadline:
            held = await self._records.get(_key(parent_id, name))
            if held is not None and held.value.folder_id is not None:
                return held.value.folder_id
            if held is None or held.value.making_until < self._now():
                mine = await self._take(parent_id, name, held)
                if mine is not None:
                    return await self._make(mine)
            await self._sleep(POLL_S)
        raise NotYet(f"the folder {name} is being made by another replica", 10.0)

    async def _take(self, parent_id: str, name: str, held: Held[FolderRecord] | None) -> Held[FolderRecord] | None:
        wanted = FolderRecord(name=name, parent_id=parent_id, making_until=self._now() + timedelta(seconds=MAKING_S))
        try:
            if held is None:
                return await self._records.create(_key(parent_id, name), wanted)
            return await self._records.update(_key(parent_id, name), wanted, held=held)
        except RecordConflict:
            return None

    async def _make(self, mine: Held[FolderRecord]) -> str:
        """Look first: somebody may have made it by hand, or a predecessor before it died."""
        record = mine.value
        folder = _oldest(await self._calls.folders_in(record.parent_id), record.name)
        if folder is None:
            folder = await self._calls.create_folder(record.parent_id, record.name)
            logger.info("made a folder", action="folder_made", folder=record.name)
        made = record.model_copy(update={"folder_id": folder.id})
        try:
            await self._records.update(_key(record.parent_id, record.name), made, held=mine)
        except RecordConflict as conflict:
            raise NotYet(f"another replica took over making the folder {record.name}", 1.0) from conflict
        return folder.id


def _oldest(folders: list[Folder], name: str) -> Folder | None:
    same = [folder for folder in folders if comparable(folder.name) == comparable(name)]
    return min(same, key=lambda folder: folder.created_at, default=None)


def _key(parent_id: str, name: str) -> str:
    return hashlib.blake2b(f"{parent_id}\0{comparable(name)}".encode(), digest_size=16).hexdigest()
