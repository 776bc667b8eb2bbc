"""Edge: everything that the calls of one simulated Discord share."""

from dataclasses import dataclass

from simulators.discord.limits import Limits
from simulators.discord.messages import Messages
from simulators.discord.settings import Settings
from simulators.faults import FaultQueue
from simulators.instants import Clock
from simulators.journal import Journal, Violation


@dataclass
class World:
    settings: Settings
    clock: Clock
    messages: Messages
    limits: Limits
    journal: Journal
    faults: FaultQueue

    @classmethod
    def new(cls, settings: Settings, clock: Clock) -> "World":
        return cls(settings, clock, Messages(settings.webhooks), Limits(settings), Journal(), FaultQueue(clock))

    def violate(self, kind: str, route: str, detail: str) -> None:
        self.journal.violate(Violation(self.clock(), kind, route, detail))

    def clear(self) -> None:
        """As if just started."""
        for part in (self.messages, self.limits, self.journal, self.faults):
            part.clear()
