"""Edge: cards as lines in the log, where no webhook is set."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from notifier.card import Card
from postflow.checks import Check
from postflow.logs import get_logger

logger = get_logger(__name__)

MESSAGE_ID = "log"


class Log:
    name = "log"

    def __init__(self) -> None:
        self._one_by_one = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, *, can_wait: bool = False) -> AsyncIterator[None]:
        async with self._one_by_one:
            yield

    async def post(self, card: Card) -> str:
        self._write("a card", card)
        return MESSAGE_ID

    async def edit(self, message_id: str, card: Card) -> None:
        self._write("a card changed", card)

    async def look(self, *, anew: bool = False) -> None:
        """Nothing can be wrong with it."""

    def check(self) -> Check:
        return Check(True, "no webhook is set: cards go to this log")

    def _write(self, event: str, card: Card) -> None:
        lines = {line.label.lower().replace(" ", "_"): line.text for line in card.lines}
        links = {name: value for name, value in (("link", card.link), ("trace", card.trace)) if value}
        logger.info(event, action="card", state=card.state.value, title=card.title, says=card.says, card=lines, **links)
