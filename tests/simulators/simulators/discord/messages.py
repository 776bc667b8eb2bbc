"""Pure: what one Discord keeps: webhooks, threads of forums, messages with all their states."""

from dataclasses import dataclass, field
from typing import Any

from simulators.discord.mentions import Mentions
from simulators.discord.multipart import Upload
from simulators.discord.settings import Webhook
from simulators.instants import with_offset

_EPOCH_MS = 1_420_070_400_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message shows at one time, already checked."""

    content: str = ""
    embeds: tuple[dict[str, Any], ...] = ()
    components: tuple[dict[str, Any], ...] = ()
    attachments: tuple[dict[str, Any], ...] = ()
    flags: int = 0
    poll: dict[str, Any] | None = None

    def is_empty(self) -> bool:
        return not (
            self.content.strip() or self.components or self.attachments or self.poll or any(map(_visible, self.embeds))
        )


@dataclass(slots=True, eq=False)
class Message:
    """`pings`: who was notified when it was new. `mentioned`: every mention its text holds, allowed or not."""

    id: str
    webhook: Webhook
    channel_id: str
    thread_id: str | None
    username: str
    avatar_url: str | None
    tts: bool
    created_at: float
    shown: Shown
    pings: Mentions
    mentioned: Mentions
    edited_at: float | None = None
    deleted_at: float | None = None
    earlier: list[Shown] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "id": self.id,
            "type": 0,
            "channel_id": self.channel_id,
            "webhook_id": self.webhook.id,
            "application_id": None,
            "author": {
                "id": self.webhook.id,
                "username": self.username,
                "avatar": self.avatar_url,
                "discriminator": "0000",
                "bot": True,
            },
            "content": self.shown.content,
            "embeds": [{"type": "rich", **embed} for embed in self.shown.embeds],
            "components": list(self.shown.components),
            "attachments": list(self.shown.attachments),
            "mentions": [{"id": user} for user in self.pings.users],
            "mention_roles": list(self.pings.roles),
            "mention_everyone": self.pings.everyone,
            "timestamp": with_offset(self.created_at),
            "edited_timestamp": None if self.edited_at is None else with_offset(self.edited_at),
            "flags": self.shown.flags,
            "pinned": False,
            "tts": self.tts,
        }


class Messages:
    """Deleted messages and webhooks stay known here, and are not found by anything else."""

    def __init__(self, webhooks: tuple[Webhook, ...]) -> None:
        self._made = webhooks
        self.clear()

    def clear(self) -> None:
        self.webhooks = {webhook.id: webhook for webhook in self._made}
        self.all: dict[str, Message] = {}
        self.threads: dict[str, tuple[str, str]] = {}
        self.reported_unknown: set[str] = set()
        self._sequence = 0

    def snowflake(self, now: float) -> str:
        self._sequence += 1
        return str(((int(now * 1000) - _EPOCH_MS) << 22) | (self._sequence & 0x3FFFFF))

    def open_thread(self, webhook: Webhook, name: str, now: float) -> str:
        thread_id = self.snowflake(now)
        self.threads[thread_id] = (webhook.channel_id, name)
        return thread_id

    def has_thread(self, webhook: Webhook, thread_id: str) -> bool:
        return self.threads.get(thread_id, ("", ""))[0] == webhook.channel_id

    def find(self, webhook: Webhook, message_id: str, thread_id: str | None) -> Message | None:
        """A message in a thread is found with its `thread_id` only, any other one only without."""
        message = self.all.get(message_id)
        if message is None or message.deleted_at is not None:
            return None
        return message if message.webhook.id == webhook.id and message.thread_id == thread_id else None


def merged_by_url(embeds: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Embeds of the same url are one for Discord: only the first is shown."""
    seen: set[str] = set()
    kept = []
    for embed in embeds:
        url = embed.get("url")
        if url is None or url not in seen:
            kept.append(embed)
        if url is not None:
            seen.add(url)
    return tuple(kept)


def attachment_json(upload: Upload, attachment_id: str, message_id: str) -> dict[str, Any]:
    return {
        "id": attachment_id,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "size": len(upload.content),
        "url": f"https://cdn.discordapp.com/attachments/{message_id}/{attachment_id}/{upload.filename}?ex=simulated",
    }


def _visible(embed: dict[str, Any]) -> bool:
    return any(embed.get(part) for part in ("title", "description", "fields", "image", "thumbnail", "author", "footer"))
