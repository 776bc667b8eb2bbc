"""Pure: what was asked of a simulator, what it answered, and every call that a good client would not have made."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Call:
    """Status 0: the connection was cut. `injected`: the answer came from a queued fault."""

    at: float
    route: str
    method: str
    path: str
    status: int
    injected: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """Kinds are listed in README.md, per simulator."""

    at: float
    kind: str
    route: str
    detail: str


class Journal:
    """Counts are complete; of the calls themselves the newest 20,000 are kept."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.calls: deque[Call] = deque(maxlen=_KEPT)
        self.refused: deque[Violation] = deque(maxlen=_KEPT)
        self.violations = 0
        self._statuses: dict[str, Counter[int]] = {}

    def record(self, call: Call) -> None:
        self.calls.append(call)
        self._statuses.setdefault(call.route, Counter())[call.status] += 1

    def violate(self, violation: Violation) -> None:
        self.violations += 1
        self.refused.append(violation)

    def violations_beside(self, *kinds: str) -> list[Violation]:
        """Those of no such kind, for a test that is about these. Of the newest 20,000."""
        return [violation for violation in self.refused if violation.kind not in kinds]

    def count(self, route: str) -> int:
        return sum(self._statuses.get(route, Counter()).values())

    def as_json(self) -> dict[str, Any]:
        return {
            "total": sum(statuses.total() for statuses in self._statuses.values()),
            "violations": self.violations,
            "routes": {
                route: {"calls": seen.total(), "statuses": {str(status): n for status, n in seen.items()}}
                for route, seen in sorted(self._statuses.items())
            },
            "refused": [asdict(violation) for violation in self.refused],
            "log": [asdict(call) for call in self.calls],
        }
