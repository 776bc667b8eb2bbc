"""Pure: which webhooks there are, and the limits of this Discord, which tests may tighten or stretch."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

_DEFAULT_CHANNEL = "1200000000000000001"


class Webhook(BaseModel):
    """An incoming webhook that a user made. Forum channels hold threads only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default="1100000000000000001", pattern=r"^\d{17,20}$")
    token: str = Field(default="simulated-webhook-token", pattern=r"^[A-Za-z0-9_-]+$")
    channel_id: str = Field(default=_DEFAULT_CHANNEL, pattern=r"^\d{17,20}$")
    forum: bool = False

    @classmethod
    def parse(cls, text: str, *, forum: bool = False) -> Self:
        """From `ID/TOKEN` or `ID/TOKEN/CHANNEL_ID`."""
        webhook_id, _, rest = text.partition("/")
        token, _, channel_id = rest.partition("/")
        return cls(id=webhook_id, token=token, channel_id=channel_id or _DEFAULT_CHANNEL, forum=forum)


class Settings(BaseModel):
    """Windows are in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhooks: tuple[Webhook, ...] = (Webhook(),)
    webhook_limit: int = Field(default=5, ge=1)
    webhook_window_s: float = Field(default=2.0, gt=0)
    channel_limit: int = Field(default=30, ge=1, description="hidden; all webhooks of a channel together")
    channel_window_s: float = Field(default=60.0, gt=0)
    global_limit: int = Field(default=50, ge=1, description="per address, without a login")
    global_window_s: float = Field(default=1.0, gt=0)
    old_edit_limit: int = Field(default=3, ge=1, description="edits of messages older than an hour, per channel")
    old_edit_window_s: float = Field(default=6.0, gt=0)
    ban_after: int = Field(default=10_000, ge=1, description="401, 403 and 429 in ten minutes that end in a ban")
    any_user_agent: bool = Field(default=False, description="else only `DiscordBot (url, version)`")
