"""Edge: the file of the rules, looked at again and again: an edit takes effect by itself, a mistake in it does not.

What counts is what stands in the file, however it came there: many an editor writes another file and gives it the name.
An edit is taken when two looks have found the same, so that nobody takes one that is half written, or misses the file
while it is replaced. What of an edit holds and what goes on as it was: `postflow.routing.renewing`.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from postflow.checks import Check
from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.routing import InForce, Renewed, Rules, renewed
from postflow.wording import counted

logger = get_logger(__name__)

LOOK_S = 2.0
MOST_NAMED = 20
"""Of the mistakes, where they must fit into one line; the log has all of them."""

BY_ITSELF = "it is read again by itself"


@dataclass(frozen=True, slots=True)
class Content:
    """What a look at the file found: its text, or why it cannot be read and what to do."""

    text: str = ""
    trouble: str = ""
    what_to_do: str = ""


def content_of(path: Path) -> Content:
    try:
        return Content(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        what_to_do = "write one after postflow.example.toml, or set POSTFLOW_CONFIG to where it is"
        return Content(trouble=f"there is no file {path}", what_to_do=what_to_do)
    except IsADirectoryError:
        what_to_do = "set it to the file with the rules, postflow.toml"
        return Content(trouble=f"{path} is a folder", what_to_do=what_to_do)
    except OSError as error:
        who = f"uid {os.getuid()}"
        return Content(trouble=f"{path} cannot be read by {who}: {error.strerror}", what_to_do=f"let {who} read it")
    except UnicodeDecodeError:
        return Content(trouble=f"{path} is not UTF-8", what_to_do="save it as UTF-8")


class RulesFile:
    """
    Args:
        content: what was found at start.
        state: what that came to.
        in_force: where the rules in force are.
    """

    def __init__(self, path: Path, content: Content, state: Renewed, in_force: InForce) -> None:
        self._path = path
        self._seen = self._judged = content
        self._state = state
        self._in_force = in_force
        self._delayed = ""
        self._adopt: Callable[[Rules], Awaitable[None]] = self._put

    @property
    def rules(self) -> InForce:
        return self._in_force

    def when_edited(self, adopt: Callable[[Rules], Awaitable[None]]) -> None:
        """Have somebody put other rules in force. What raises RetryableError is tried again at the next look."""
        self._adopt = adopt

    async def look(self) -> None:
        content = await asyncio.to_thread(content_of, self._path)
        is_settled, self._seen = content == self._seen, content
        if is_settled and content != self._judged:
            await self._judge(content)

    async def _judge(self, content: Content) -> None:
        if not content.trouble:
            state = await asyncio.to_thread(renewed, content.text, self._in_force())
            if state.rules != self._in_force() and not await self._adopted(state.rules):
                return
            self._state = state
        self._judged = content
        self.tell()

    async def _adopted(self, rules: Rules) -> bool:
        try:
            await self._adopt(rules)
        except RetryableError as error:
            if not self._delayed:
                logger.warning("the edited rules must wait", action="rules_delayed", why=str(error))
            self._delayed = str(error)
            return False
        self._delayed = ""
        return True

    async def _put(self, rules: Rules) -> None:
        self._in_force.put(rules)

    def tell(self) -> None:
        """What is in force, and what is wrong with the file, into the log."""
        if self._judged.trouble:
            told = {"why": self._judged.trouble, "what_to_do": self._judged.what_to_do}
            logger.error("the rules cannot be read: those of before hold", action="rules_unreadable", **told)
            return
        for problem in self._state.problems:
            logger.error("a mistake in the rules", action="rules_mistake", problem=str(problem))
        state, shows = self._state, list(self._in_force().shows)
        logger.info("rules in force", action="rules_in_force", shows=shows, kept=state.kept, left_out=state.left_out)

    def check(self) -> Check:
        if self._judged.trouble:
            what_to_do = self._judged.what_to_do[:1].upper() + self._judged.what_to_do[1:]
            until_then = f"{BY_ITSELF}. Until then the rules of before hold."
            return Check(False, self._judged.trouble, f"{what_to_do}; {until_then}")
        if self._state.problems:
            return Check(False, self._mistakes(), f"Correct it; {BY_ITSELF}. Until then {self._until_then()}.")
        rules = self._in_force()
        told = f"{counted(len(rules.shows), 'show')}, {counted(len(rules.watch_folders), 'watch folder')}"
        delayed = f"; it was edited since, and that waits: {self._delayed}" if self._delayed else ""
        return Check(True, f"{self._path}: {told}{delayed}")

    def _mistakes(self) -> str:
        problems = self._state.problems
        more = len(problems) - MOST_NAMED
        named = "; ".join(str(problem) for problem in problems[:MOST_NAMED])
        return f"{self._path} has mistakes: {named}" + (f"; and {more} more" if more > 0 else "")

    def _until_then(self) -> str:
        state = self._state
        if state.is_refused:
            return "the rules of before hold"
        parts = [f"{_shows(state.kept)} by the rules of before"] if state.kept else []
        parts += [f"nothing is sent of {_shows(state.left_out)}"] if state.left_out else []
        return "; ".join([*parts, "the rest of the file holds"])


def _shows(names: tuple[str, ...]) -> str:
    return f"show{'s' if len(names) > 1 else ''} {', '.join(names)}"
