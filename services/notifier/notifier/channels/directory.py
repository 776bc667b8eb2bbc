"""Edge: which channels there are, by the names that the rules give them, and where their cards go."""

import asyncio
from collections.abc import Mapping

from notifier.cards import OPERATORS as DEFAULT
from notifier.channels.discord import Discord
from notifier.channels.log import Log
from postflow.checks import Check
from postflow.logs import get_logger

logger = get_logger(__name__)

SET_WEBHOOK = "Put it where the notifier may read it; a file is read again by itself, a variable at its next start."


class Directory:
    """Channels by name. The default one is always there, and stands in for those that are not.

    Args:
        left_out: those of the rules that cannot be used, and why.
    """

    def __init__(self, channels: Mapping[str, Discord | Log], left_out: Mapping[str, str] | None = None) -> None:
        self._missed: set[str] = set()
        self.put(channels, left_out or {})

    def put(self, channels: Mapping[str, Discord | Log], left_out: Mapping[str, str]) -> None:
        """From now on these. A card that is on its way goes where it was going."""
        self.channels: dict[str, Discord | Log] = {DEFAULT: Log(), **channels}
        self._left_out = dict(left_out)
        self._missed.clear()

    def of(self, name: str) -> Discord | Log:
        if name not in self.channels and name not in self._missed:
            self._missed.add(name)
            logger.warning(
                "there is no such channel: its cards go to the default one",
                action="channel_unknown",
                channel=name,
                what_to_do="Add it to the channels in the rules, with the place of its webhook.",
            )
        return self.channels.get(name) or self.channels[DEFAULT]

    def checks(self) -> dict[str, Check]:
        """Of each channel that the rules name; cards of one that is left out go to the default one."""
        used = {name: channel.check() for name, channel in self.channels.items()}
        return used | {
            name: Check(True, f"{why}: its cards go to {self._instead(name)}", SET_WEBHOOK)
            for name, why in self._left_out.items()
        }

    def _instead(self, name: str) -> str:
        return "this log" if name == DEFAULT else "the default channel"

    async def look(self) -> None:
        """Ask each channel that is in trouble whether it is well again."""
        for channel in self.channels.values():
            await channel.look()

    async def look_anew(self) -> None:
        """Ask each channel whether it is well; several at once, since a person waits."""
        await asyncio.gather(*(channel.look(anew=True) for channel in self.channels.values()))
