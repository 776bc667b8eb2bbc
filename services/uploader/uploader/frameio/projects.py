"""Edge: looks now and then whether the projects that the rules name are there, at a call or two for each.

Whether they take files only a file shows, and it may be another replica's: each hears how the files of all of them end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from postflow.checks import Check
from postflow.errors import PostFlowError
from postflow.identity import comparable
from postflow.logs import get_logger
from postflow.messages import FileDelivered, FileFailed, Message
from postflow.questions import RulesAnswer, Target
from postflow.waiting import Stopped, unless, until_set
from uploader.frameio import reach
from uploader.frameio.errors import Forbidden, NotFound
from uploader.frameio.objects import Folder, Project
from uploader.frameio.reach import Sight, Tried, Us

logger = get_logger(__name__)

AGAIN_S = 60.0
"""While something is wrong, or the rules are not known."""
SELDOM_S = 600.0
"""While all is well: Frame.io counts its calls."""

FORBIDDEN = "FRAMEIO_FORBIDDEN"


class Calls(Protocol):
    user_id: str
    user_name: str
    account_name: str

    async def projects(self) -> list[Project]: ...
    async def folders_in(self, folder_id: str) -> list[Folder]: ...


class Waits(Protocol):
    @property
    def is_ready(self) -> bool: ...

    async def permit(self) -> None: ...


class Projects:
    """
    Args:
        rules: what the watcher says of the rules; None if it has never answered.
        sign_in: whether we are somebody in Frame.io just now.
    """

    def __init__(
        self,
        calls: Calls,
        sign_in: Waits,
        rules: Callable[[], Awaitable[RulesAnswer | None]],
    ) -> None:
        self._calls = calls
        self._sign_in = sign_in
        self._rules = rules
        self._user_id = ""
        self._targets: dict[str, list[Target]] | None = None
        self._sights: dict[str, Sight] = {}
        self._tried: dict[str, Tried] = {}
        self._looking = asyncio.Lock()

    def checks(self) -> dict[str, Check]:
        """By the name of each project; one without a name while nothing is known."""
        if not self._sign_in.is_ready:
            return {"": Check(True, "not looked for: nobody is signed in to Frame.io")}
        if self._targets is None:
            return {"": Check(True, "not known: the watcher, which reads the rules, has not answered yet")}
        us = Us(self._calls.user_name, self._calls.account_name)
        return {
            name: reach.check(name, targets, self._sights[name], self._tried.get(name), us)
            if name in self._sights
            else Check(True, "not looked for yet")
            for name, targets in self._targets.items()
        }

    async def run(self, stop: asyncio.Event) -> None:
        with suppress(Stopped):
            while not stop.is_set():
                await unless(stop, self._sign_in.permit())
                is_well = await unless(stop, self._look_at_all())
                await until_set(stop, SELDOM_S if is_well else AGAIN_S)

    async def look(self) -> None:
        """For a person who asks: which projects there are, and what was not well. Raises as the calls do."""
        if self._sign_in.is_ready:
            await self._look(lambda name: name in self._sights and self.checks()[name].ok)

    def hear(self, message: Message) -> None:
        """How a file has ended, whoever sent it."""
        if isinstance(message, FileFailed) and message.code == FORBIDDEN:
            self._note(message.destination.project, Tried(message.at, message.why))
        elif isinstance(message, FileDelivered):
            self._note(message.destination.project, Tried(message.at))

    def _note(self, project: str, tried: Tried) -> None:
        known = self._tried.get(project)
        if known is None or known.at <= tried.at:
            self._tried[project] = tried

    async def _look_at_all(self) -> bool:
        """Whether everything could be looked at, and is well."""
        try:
            await self._look(lambda name: False)
            return self._targets is not None and all(check.ok for check in self.checks().values())
        except PostFlowError as error:
            logger.info("cannot look for the projects", action="projects_unseen", why=str(error))
        except Exception as error:
            # A defect in what is only looked at must not end the deliveries.
            logger.error("looking for the projects broke", action="broken", exc_info=error)
        return False

    async def _look(self, is_known: Callable[[str], bool]) -> None:
        """
        Args:
            is_known: whether the folders of a project need not be listed again.
        """
        async with self._looking:
            if self._user_id != self._calls.user_id:
                self._user_id, self._sights, self._tried = self._calls.user_id, {}, {}
            rules = await self._rules()
            if rules is None:
                return
            targets: dict[str, list[Target]] = {}
            for target in rules.targets:
                targets.setdefault(target.project, []).append(target)
            self._targets = targets
            there = await self._calls.projects() if targets else []
            for name in targets:
                await self._see(name, tuple(project for project in there if _is(project, name)), is_known)

    async def _see(self, name: str, projects: tuple[Project, ...], is_known: Callable[[str], bool]) -> None:
        if projects and is_known(name):
            known = self._sights[name]
            self._sights[name] = Sight(projects, known.folders, known.closed)
        elif projects:
            self._sights[name] = await self._listed(projects)
        else:
            self._sights[name] = Sight(())

    async def _listed(self, projects: tuple[Project, ...]) -> Sight:
        try:
            folders = await self._calls.folders_in(projects[0].root_folder_id)
        except (Forbidden, NotFound) as error:
            return Sight(projects, closed=str(error))
        return Sight(projects, frozenset(comparable(folder.name) for folder in folders))


def _is(project: Project, wanted: str) -> bool:
    return wanted in (project.id, project.name)
