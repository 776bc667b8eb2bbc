"""Edge: one tunnel over its life: process, names and link. Time comes from the clock it is given."""

import secrets
import uuid

from simulators.cloudflared.settings import Settings
from simulators.instants import Clock

_WORDS = ("amber", "brisk", "coral", "dusky", "early", "fabled", "gentle", "hazel", "ivory", "jolly", "keen", "lunar")


class Tunnel:
    """
    Attributes:
        name: of the tunnel that this process made; a quick one gets another at each start.
        is_reaped: deleted at the far end, while the near end still believes in it.
        refuses: the process does not get as far as a metrics port.
        front: what the front is called instead of its address, for names that nobody can look up.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self.generation = 0
        self.start()

    def start(self) -> None:
        """A new process."""
        self.generation += 1
        self.name = self.settings.named or "-".join(secrets.choice(_WORDS) for _ in range(4))
        self.connector_id = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
        self.front = self.settings.front
        self.is_reaped = self.refuses = False
        self._is_cut = False
        self._missed_until = 0.0
        self._started_at = self._clock()
        self._link_from = self._started_at + self.settings.answers_after_s + self.settings.linked_after_s

    def unlink(self) -> None:
        self._is_cut = True

    def link(self) -> None:
        self._is_cut = False

    @property
    def answers(self) -> bool:
        return not self.refuses and self._clock() >= self._started_at + self.settings.answers_after_s

    @property
    def is_linked(self) -> bool:
        return self.answers and not self._is_cut and self._clock() >= self._link_from

    def resolves(self, name: str) -> bool:
        """Whether a resolver that was never asked before finds it; names of earlier processes stay known."""
        after_s = self.settings.published_after_s
        if after_s is None or name != self.name:
            return True
        return self._clock() >= max(self._link_from + after_s, self._missed_until)

    def miss(self, name: str) -> bool:
        """A resolver did not find it, and says so for a while to whoever asks. Whether that is new to it."""
        is_new = self._clock() >= self._missed_until
        if is_new:
            self._missed_until = self._clock() + self.settings.negative_ttl_s
        return is_new

    def leads(self, name: str) -> bool:
        """Whether this name leads through this tunnel now."""
        return name == self.name and self.is_linked and not self.is_reaped
