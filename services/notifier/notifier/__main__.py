"""Edge: the notifier, wired. `python -m notifier`."""

import os

from notifier.channels.discord import http_client
from notifier.channels.edited import Edited
from notifier.listening import Listening
from notifier.notify import Notifier
from notifier.posts import Post
from notifier.settings import Settings
from notifier.story import Ending, Story
from notifier.troubles import Troubles
from postflow.clock import now
from postflow.rules_file import LOOK_S as RULES_LOOK_S
from postflow.service import every, run, run_all, running
from postflow.settings import load

SLOTS = 64
"""Messages in hand. Most of them wait for their turn in a channel, and cost nothing meanwhile."""

LOOK_S = 300.0
"""How often a channel that is in trouble is asked whether it is well again."""

LISTEN_S = 20.0
"""How often troubles are looked for that nobody speaks of any more."""


async def main() -> None:
    settings = load(Settings)
    async with running("notifier", settings) as service, http_client() as client:
        edited = Edited(settings.postflow_config, settings.discord_webhook_url, os.environ, client)
        channels = edited.directory
        service.health.add_each("channel", channels.checks, condition="discord")
        service.looks.add(channels.look_anew)
        bus = await service.connect("notifier")
        notifier = Notifier(
            await bus.records("posts", Post),
            channels.of,
            Story(service.telemetry, await bus.records("posts", Ending)).ended,
            telemetry=service.telemetry,
            now=now,
            jaeger_url=settings.jaeger_url,
        )
        listening = Listening(await bus.records("posts", Troubles), notifier.show, now=now)
        await run_all(
            service,
            service.read("notifier", listening.or_else(notifier.handle), slots=SLOTS),
            every(LOOK_S, service.stop, channels.look),
            every(RULES_LOOK_S, service.stop, edited.look),
            every(LISTEN_S, service.stop, listening.look),
        )


if __name__ == "__main__":
    run(main)
