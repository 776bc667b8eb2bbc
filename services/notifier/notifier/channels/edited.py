"""Edge: brings the channels along when the rules or the files of their secrets are edited.

As with the rules, what counts is what stands there, and an edit is taken when two looks have found the same. A channel
with a mistake in the rules goes on as it was; so do all of them while the file cannot be read.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import httpx
from pydantic import SecretStr

from notifier.channels.directory import SET_WEBHOOK, Directory
from notifier.channels.discord import Discord
from notifier.channels.pace import Pace
from notifier.channels.places import Place, Places, places
from postflow.logs import get_logger
from postflow.routing import NO_RULES, Renewed, renewed
from postflow.rules_file import Content, content_of

logger = get_logger(__name__)

Found = tuple[Content, Places]


class Edited:
    """
    Args:
        default: the webhook of the default channel, where the rules name none.

    Attributes:
        directory: the channels as they are now.
    """

    def __init__(
        self, path: Path, default: SecretStr | None, environment: Mapping[str, str], client: httpx.AsyncClient
    ) -> None:
        self._path = path
        self._default = default
        self._environment = environment
        self._client = client
        self._everywhere = Pace(per_minute=40 * 60.0, burst=10)  # Discord's limit for an address is 50 in a second
        self._state = Renewed(NO_RULES)
        self._open: dict[str, tuple[Place, Discord]] = {}
        self.directory = Directory({})
        self._seen = self._judged = self._look()
        self._take(self._judged)

    async def look(self) -> None:
        found = await asyncio.to_thread(self._look)
        is_settled, self._seen = found == self._seen, found
        if is_settled and found != self._judged:
            self._take(found)
            logger.info("the channels are others now", action="channels_taken", channels=list(self.directory.channels))

    def _look(self) -> Found:
        content = content_of(self._path)
        return content, places(self._renewed(content).rules.channels, self._default, self._environment)

    def _renewed(self, content: Content) -> Renewed:
        return self._state if content.trouble else renewed(content.text, self._state.rules)

    def _take(self, found: Found) -> None:
        content, where = found
        self._state = self._renewed(content)
        self._tell(content, where)
        self._judged = found
        self._open = {name: (place, self._opened(name, place)) for name, place in where.found.items()}
        self.directory.put({name: channel for name, (_, channel) in self._open.items()}, where.left_out)

    def _opened(self, name: str, place: Place) -> Discord:
        """One that is as it was stays the same, with its pace and whoever waits for it."""
        known = self._open.get(name)
        if known is not None and known[0] == place:
            return known[1]
        every = self._everywhere
        return Discord(name, place.webhook, self._client, pace=Pace(), everywhere=every, mentions=place.mentions)

    def _tell(self, content: Content, where: Places) -> None:
        if content.trouble:
            self._tell_trouble(content)
        for problem in () if content.trouble else self._state.problems:
            if not problem.place.startswith("shows"):
                logger.warning("a mistake in the rules", action="rules_mistake", problem=str(problem))
        for name, why in where.left_out.items():
            logger.warning(
                "a channel cannot be used: its cards go elsewhere",
                action="channel_left_out",
                channel=name,
                why=why,
                what_to_do=SET_WEBHOOK,
            )

    def _tell_trouble(self, content: Content) -> None:
        if not self._path.exists():
            logger.info("no rules: the channels stay as they are", action="rules_missing", path=str(self._path))
            return
        logger.warning(
            "the rules cannot be read: the channels stay as they are",
            action="rules_unreadable",
            why=content.trouble,
            what_to_do=f"Let uid {os.getuid()} read POSTFLOW_CONFIG, as UTF-8; it is read again by itself.",
        )
