"""Edge: where the webhook of each channel is: the rules name the place, and this looks there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from notifier.cards import OPERATORS as DEFAULT
from notifier.channels import webhook
from notifier.channels.webhook import Webhook
from postflow.routing import Channel


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


def places(channels: Mapping[str, Channel], default: SecretStr | None, environment: Mapping[str, str]) -> Places:
    """Where each channel's secret says, if it is there and sound.

    Args:
        default: of the default channel, unless the rules name another place for it.
    """
    found: dict[str, Place] = {}
    left_out: dict[str, str] = {}
    for name, channel in ({DEFAULT: Channel()} | dict(channels)).items():
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
    return Places(found, left_out)


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
