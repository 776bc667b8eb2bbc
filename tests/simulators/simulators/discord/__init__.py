"""Edge: Discord's webhooks: every documented limit, and a memory of who would have been pinged."""

from simulators.discord.app import DiscordSimulator
from simulators.discord.settings import Settings, Webhook

__all__ = ["DiscordSimulator", "Settings", "Webhook"]
