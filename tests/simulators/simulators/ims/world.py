"""Edge: everything that the calls of one simulated IMS share."""

import secrets
from dataclasses import dataclass, field

from simulators.faults import FaultQueue
from simulators.ims.grants import Grants
from simulators.ims.settings import Settings
from simulators.instants import Clock
from simulators.journal import Journal, Violation


def _new_token(prefix: str) -> str:
    return f"simulated-{prefix}-{secrets.token_urlsafe(32)}"


def _no_grants() -> Grants:
    return Grants(_new_token)


@dataclass
class World:
    settings: Settings
    clock: Clock
    journal: Journal = field(default_factory=Journal)
    grants: Grants = field(default_factory=_no_grants)

    def __post_init__(self) -> None:
        self.faults = FaultQueue(self.clock)

    def clear(self) -> None:
        """As if just started; settings stay."""
        self.journal.clear()
        self.faults.clear()
        self.grants = _no_grants()

    def violate(self, kind: str, route: str, detail: str) -> None:
        self.journal.violate(Violation(self.clock(), kind, route, detail))
