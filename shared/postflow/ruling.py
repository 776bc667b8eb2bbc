"""Edge: asks the watcher, who alone reads the rules, what the other services need of them."""

from collections.abc import Collection
from contextlib import suppress

from postflow.bus import Bus
from postflow.errors import BusUnavailable
from postflow.questions import ASK_RULES, RulesAnswer, RulesQuestion

ANSWER_S = 1.0
"""A watcher that runs has it at hand; nobody waits longer for one that does not."""


class Ruling:
    """Remembers what the watcher said last, for as long as it is away."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._last: RulesAnswer | None = None

    async def rules(self) -> RulesAnswer | None:
        """None if the watcher has never answered."""
        with suppress(BusUnavailable):
            self._last = await self._bus.ask(ASK_RULES, RulesQuestion(), RulesAnswer, timeout_s=ANSWER_S)
        return self._last

    async def watch_folders(self) -> Collection[str]:
        """Those that are there, as the volume spells them; none if the watcher has never answered."""
        rules = await self.rules()
        return rules.watch_folders if rules is not None else ()
