"""Edge: which channels there are, by the names that the rules give them, and where their cards go."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from notifier.cards import OPERATORS as DEFAULT
from notifier.channels import webhook
from notifier.channels.discord import Discord
from notifier.channels.log import Log
from notifier.channels.pace import Pace
from notifier.channels.webhook import Webhook
from postflow.checks import Check
from postflow.logs import get_logger
from postflow.routing import Channel, read_rules

logger = get_logger(__name__)

SET_WEBHOOK = "Put the webhook there, where the notifier may read it, and start the notifier again."


class Directory:
    """Channels by name. The default one is always there, and stands in for those that are not.

    Args:
        left_out: those of the rules that cannot be used, and why.
    """

    def __init__(self, channels: Mapping[str, Discord | Log], left_out: Mapping[str, str] | None = None) -> None:
        self.channels: dict[str, Discord | Log] = {DEFAULT: Log(), **channels}
        self._left_out = dict(left_out or {})
        self._missed: set[str] = set()

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where cards of a channel go, and whom they call when they need a person."""

    webhook: Webhook
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """
    Attributes:
        left_out: channels of the rules without a sound place, and why.
    """

    found: Mapping[str, Place]
    left_out: Mapping[str, str]


def opened(places: Places, client: httpx.AsyncClient) -> Directory:
    everywhere = Pace(per_minute=40 * 60.0, burst=10)  # Discord's limit for an address is 50 in a second
    return Directory(
        {
            name: Discord(name, place.webhook, client, pace=Pace(), everywhere=everywhere, mentions=place.mentions)
            for name, place in places.found.items()
        },
        places.left_out,
    )


def places(rules: Path, default: SecretStr | None, environment: Mapping[str, str]) -> Places:
    """Where each channel's secret says, if it is there and sound.

    Args:
        default: of the default channel, unless the rules name another place for it.
    """
    found: dict[str, Place] = {}
    left_out: dict[str, str] = {}
    for name, channel in ({DEFAULT: Channel()} | _channels(rules)).items():
        where = _where(channel, environment)
        secret = _secret(channel, environment)
        if secret is None and name == DEFAULT and default is not None:
            secret = default.get_secret_value()
        try:
            if secret is not None:
                found[name] = Place(webhook.parse(secret), channel.mentions)
            elif where:
                left_out[name] = f"{where} holds no webhook"
        except ValueError as error:
            left_out[name] = f"{where} {error}"
    for name, why in left_out.items():
        logger.warning(
            "a channel cannot be used: its cards go elsewhere",
            action="channel_left_out",
            channel=name,
            why=why,
            what_to_do=SET_WEBHOOK,
        )
    return Places(found, left_out)


def _channels(rules: Path) -> dict[str, Channel]:
    try:
        text = rules.read_text(encoding="utf-8")
    except FileNotFoundError:
        logger.info("no rules: only the default channel", action="rules_missing", path=str(rules))
        return {}
    except (OSError, UnicodeDecodeError) as error:
        logger.warning(
            "the rules cannot be read: only the default channel",
            action="rules_unreadable",
            path=str(rules),
            why=getattr(error, "strerror", None) or "it is not UTF-8",
            what_to_do=f"Let uid {os.getuid()} read POSTFLOW_CONFIG, as UTF-8, and start the notifier again.",
        )
        return {}
    read, problems = read_rules(text)
    for problem in problems:
        if not problem.place.startswith("shows"):
            logger.warning("a mistake in the rules", action="rules_mistake", problem=str(problem))
    return read.channels


def _secret(channel: Channel, environment: Mapping[str, str]) -> str | None:
    if channel.webhook_file:
        return _content(channel.webhook_file)
    name = channel.webhook_env or ""
    return environment.get(name) or _content(environment.get(f"{name}_FILE"))


def _where(channel: Channel, environment: Mapping[str, str]) -> str:
    """What the rules name as the place of the secret; nothing of the default channel, if they do not name it."""
    if channel.webhook_file:
        return f"the file {channel.webhook_file}"
    name = channel.webhook_env or ""
    file = environment.get(f"{name}_FILE")
    return f"the file {file} of {name}_FILE" if file and not environment.get(name) else name


def _content(path: str | None) -> str | None:
    try:
        return Path(path).read_text().strip() or None if path else None
    except (OSError, UnicodeDecodeError):
        return None
