"""Edge: the command `python -m simulators.discord`."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from pydantic import ValidationError

from simulators import serving
from simulators.discord import DiscordSimulator, Settings, Webhook


def main(argv: Sequence[str] | None = None) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        simulator = DiscordSimulator(_settings(arguments))
    except ValidationError as error:
        parser.error(str(error))
    return serving.serve(simulator.app, host=arguments.host, port=arguments.port)


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


def _settings(arguments: Namespace) -> Settings:
    """What was not said on the command line keeps the default of Settings."""
    said = {name: value for name, value in vars(arguments).items() if value is not None}
    plain = [Webhook.parse(text) for text in said.get("webhook", [])]
    forums = [Webhook.parse(text, forum=True) for text in said.get("forum_webhook", [])]
    changes = {name: said[name] for name in said.keys() & Settings.model_fields.keys()}
    return Settings.model_validate(changes | ({"webhooks": (*plain, *forums)} if plain or forums else {}))


if __name__ == "__main__":
    sys.exit(main())
