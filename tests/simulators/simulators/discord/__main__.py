"""Edge: the command `python -m simulators.discord`."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

from simulators import commands, serving
from simulators.discord import DiscordSimulator, Settings, Webhook


def main(argv: Sequence[str] | None = None) -> int:
    return commands.run(_parser(), lambda said: DiscordSimulator(_settings(said)), argv)


def _parser() -> ArgumentParser:
    parser = serving.command("python -m simulators.discord", "Discord webhooks that forgive nothing.")
    add = parser.add_argument
    add("--webhook", action="append", metavar="ID/TOKEN[/CHANNEL_ID]", help="a webhook there is (repeatable)")
    add("--forum-webhook", action="append", metavar="ID/TOKEN[/CHANNEL_ID]", help="the same, of a forum channel")
    add("--webhook-limit", type=int, metavar="N", help="calls of a webhook per window (5)")
    add("--webhook-window", type=float, dest="webhook_window_s", metavar="SECONDS", help="that window (2)")
    add("--channel-limit", type=int, metavar="N", help="writes to a channel per window (30)")
    add("--channel-window", type=float, dest="channel_window_s", metavar="SECONDS", help="that window (60)")
    add("--any-user-agent", action="store_true", help="take calls of any client")
    return parser


def _settings(said: Mapping[str, Any]) -> Settings:
    plain = [Webhook.parse(text) for text in said.get("webhook", [])]
    forums = [Webhook.parse(text, forum=True) for text in said.get("forum_webhook", [])]
    webhooks = {"webhooks": (*plain, *forums)} if plain or forums else {}
    return commands.settings(Settings, {**said, **webhooks})


if __name__ == "__main__":
    sys.exit(main())
