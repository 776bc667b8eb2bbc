"""Edge: the notifier's settings, checked at start."""

from pathlib import Path

from pydantic import SecretStr, field_validator

from notifier.channels import webhook
from postflow.addresses import base_url
from postflow.settings import ServiceSettings


class Settings(ServiceSettings):
    discord_webhook_url: SecretStr | None = None
    """The default channel. Unset: cards go to the log."""
    jaeger_url: str | None = None
    """Where people open traces; None leaves the link off the cards."""
    postflow_config: Path = Path("/etc/postflow/postflow.toml")
    """The rules, of which only the channels are read. They may be missing."""

    @field_validator("discord_webhook_url")
    @classmethod
    def _is_a_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            webhook.parse(value.get_secret_value())
        return value

    @field_validator("jaeger_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return base_url(value, example="http://studio-server:16686") if value else None
