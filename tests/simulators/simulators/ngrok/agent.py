"""Edge: one agent over its life: process, session, name. Time comes from the clock it is given."""

import secrets

from simulators.instants import Clock
from simulators.ngrok.settings import Settings


class Agent:
    """
    Attributes:
        name: of its endpoint; stays the same over restarts, as a free plan's one domain does.
        refuses: the process ends before it has a web interface: its token is wrong, or another agent has the name.
        is_offline: the far end knows no endpoint, while this end believes that it has one.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self.name = f"{secrets.token_hex(4)}-sim"
        self.start()

    def start(self) -> None:
        """A new process."""
        self.refuses = self.is_offline = self._is_cut = False
        self._started_at = self._clock()

    def move(self) -> None:
        """A new process with another domain."""
        self.name = f"{secrets.token_hex(4)}-sim"
        self.start()

    def unlink(self) -> None:
        self._is_cut = True

    def link(self) -> None:
        self._is_cut = False

    @property
    def answers(self) -> bool:
        return not self.refuses and self._clock() >= self._started_at + self.settings.answers_after_s

    @property
    def is_online(self) -> bool:
        up_at = self._started_at + self.settings.answers_after_s + self.settings.online_after_s
        return self.answers and not self._is_cut and self._clock() >= up_at

    def leads(self, name: str) -> bool:
        """Whether this name leads through this agent now."""
        return name == self.name and self.is_online and not self.is_offline
