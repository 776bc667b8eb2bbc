"""Edge: find or create the folders of a destination, once, however many replicas want them.

Frame.io lets siblings have the same name, so two replicas that create one folder would make two. Whoever creates the
folder's record in the bucket `folders` is the one who looks and makes it; the others wait for its id to appear there.

What was just made may not be found for some seconds, nor be in any list: that is no evidence that somebody deleted it.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import AwareDatetime

from postflow.destination import Destination, Frozen
from postflow.errors import NotYet, PermanentError, PostFlowError, RecordConflict
from postflow.identity import comparable
from postflow.logs import get_logger
from postflow.records import Held, Records
from uploader.frameio.errors import OutcomeUnknown
from uploader.frameio.objects import Folder, Project

logger = get_logger(__name__)

MAKING_S = 60.0
"""How long the one who makes a folder may take before another takes over, and looks again first."""

LEAST_LEFT_S = 30.0
"""A folder is not made any more when less is left: the answer may come when another has taken over."""

POLL_S = 0.2
PATIENCE_S = 10.0
"""How long a file waits at a stretch for a folder that another makes."""

APPEARS_S = (1.0, 2.0, 4.0)
"""Pauses between looks for a folder of which nobody knows whether it was made."""

NEW_S = 60.0
"""So long after it was made, a folder that is not found may just not be known yet."""


class FolderRecord(Frozen):
    """A folder of ours. Without an id somebody is making it, until `making_until`.

    Attributes:
        new_until: before then Frame.io may not know it yet.
    """

    name: str
    parent_id: str
    folder_id: str | None = None
    making_until: AwareDatetime
    new_until: AwareDatetime | None = None


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
        self._one_at_a_time: dict[tuple[str, str], asyncio.Lock] = {}

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
        """Somebody deleted the project or a folder of this destination in Frame.io: look for all of it next time.
        Unless one of its folders is so new that Frame.io may just not know it yet."""
        path = list(self._known_path(destination))
        held = [await self._records.get(_key(parent_id, name)) for parent_id, name, _ in path]
        if any(_is_new(one.value, self._now()) for one in held if one is not None):
            return
        self._projects.pop(destination.project, None)
        for (parent_id, name, folder_id), record in zip(path, held, strict=True):
            self._known.pop((parent_id, comparable(name)), None)
            # Unless it is about another folder by now: one that was made anew, or is being made.
            if record is not None and folder_id is not None and record.value.folder_id == folder_id:
                await self._give_back(_key(parent_id, name), record)

    def _known_path(self, destination: Destination) -> Iterator[tuple[str, str, str | None]]:
        """Parent, name and id of each folder, as far as ids are known."""
        project = self._projects.get(destination.project)
        parent_id = project.root_folder_id if project else None
        for name in destination.folder:
            if parent_id is None:
                return
            folder_id = self._known.get((parent_id, comparable(name)))
            yield parent_id, name, folder_id
            parent_id = folder_id

    async def _give_back(self, key: str, held: Held[FolderRecord]) -> None:
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
        key = parent_id, comparable(name)
        if key in self._known:
            return self._known[key]
        async with self._one_at_a_time.setdefault(key, asyncio.Lock()):
            self._known[key] = await self._found_or_made(parent_id, name)
        self._one_at_a_time.pop(key, None)
        return self._known[key]

    async def _found_or_made(self, parent_id: str, name: str) -> str:
        deadline = self._now() + timedelta(seconds=PATIENCE_S)
        while True:
            held = await self._records.get(_key(parent_id, name))
            if held is not None and held.value.folder_id is not None:
                return held.value.folder_id
            if held is None or held.value.making_until < self._now():
                mine = await self._take(parent_id, name, held)
                if mine is not None:
                    return await self._make(mine)
            elif self._now() >= deadline:
                return await self._found(held)
            await self._sleep(POLL_S)

    async def _found(self, held: Held[FolderRecord]) -> str:
        """Whoever makes it takes long, or died with it: it may be there all the same."""
        folder = await self._listed(held.value)
        if folder is None:
            raise NotYet(f"the folder {held.value.name} is being made by another replica", PATIENCE_S)
        return await self._record(held, folder, new_since=folder.created_at)

    async def _take(self, parent_id: str, name: str, held: Held[FolderRecord] | None) -> Held[FolderRecord] | None:
        wanted = FolderRecord(name=name, parent_id=parent_id, making_until=self._now() + timedelta(seconds=MAKING_S))
        try:
            if held is None:
                return await self._records.create(_key(parent_id, name), wanted)
            return await self._records.update(_key(parent_id, name), wanted, held=held)
        except RecordConflict:
            return None

    async def _make(self, mine: Held[FolderRecord]) -> str:
        """Look first: somebody may have made it by hand, or a predecessor before it died. What fails without effect
        is given back at once, so that nobody waits for it."""
        record = mine.value
        try:
            folder = await self._listed(record)
            if folder is not None:
                return await self._record(mine, folder, new_since=folder.created_at)
            if record.making_until - self._now() < timedelta(seconds=LEAST_LEFT_S):
                raise NotYet(f"looking for the folder {record.name} took too long to make it", 1.0)
            folder = await self._calls.create_folder(record.parent_id, record.name)
        except OutcomeUnknown as unknown:
            folder = await self._appeared(record, unknown)
        except PostFlowError:
            await self._give_back(_key(record.parent_id, record.name), mine)
            raise
        logger.info("made a folder", action="folder_made", folder=record.name)
        return await self._record(mine, folder, new_since=self._now())

    async def _appeared(self, record: FolderRecord, unknown: OutcomeUnknown) -> Folder:
        """Nobody makes another before `making_until`: by then this one is listed, if it was made."""
        for pause_s in APPEARS_S:
            await self._sleep(pause_s)
            folder = await self._listed(record)
            if folder is not None:
                return folder
        raise unknown

    async def _listed(self, record: FolderRecord) -> Folder | None:
        return _oldest(await self._calls.folders_in(record.parent_id), record.name)

    async def _record(self, held: Held[FolderRecord], folder: Folder, *, new_since: datetime) -> str:
        record = held.value
        new_until = new_since + timedelta(seconds=NEW_S)
        made = record.model_copy(update={"folder_id": folder.id, "new_until": new_until})
        try:
            await self._records.update(_key(record.parent_id, record.name), made, held=held)
        except RecordConflict as conflict:
            raise NotYet(f"another replica took over making the folder {record.name}", 1.0) from conflict
        return folder.id


def _is_new(record: FolderRecord, now: datetime) -> bool:
    return record.new_until is not None and now < record.new_until


def _oldest(folders: list[Folder], name: str) -> Folder | None:
    same = [folder for folder in folders if comparable(folder.name) == comparable(name)]
    return min(same, key=lambda folder: folder.created_at, default=None)


def _key(parent_id: str, name: str) -> str:
    return hashlib.blake2b(f"{parent_id}\0{comparable(name)}".encode(), digest_size=16).hexdigest()
