"""Pure: whether NATS stores what it is given. It may be connected and full, hanging, or frozen by a full disk."""

from dataclasses import dataclass

from postflow.checks import Check

PATIENCE_S = 5.0
"""How long it may refuse before anybody is told."""

BELIEVED_S = 120.0
"""After so long without another try nobody knows whether it still refuses: whoever has something to store tries again
within half a minute."""

WHAT_TO_DO = (
    "Look at the log of nats-server and at its disk. If it is full: give it room, and restart nats-server, which takes "
    "nothing more before. The service goes on by itself, and nothing is lost."
)


@dataclass(slots=True)
class _Refusal:
    since_s: float
    last_s: float
    why: str


class Storing:
    """Seconds are those of a monotonic clock. What is stored where is told apart: one bucket may take what another
    does not."""

    def __init__(self) -> None:
        self._refusals: dict[str, _Refusal] = {}

    def refused(self, where: str, why: str, now_s: float) -> None:
        refusal = self._refusals.setdefault(where, _Refusal(now_s, now_s, why))
        refusal.last_s, refusal.why = now_s, why

    def stored(self, where: str) -> None:
        self._refusals.pop(where, None)

    def check(self, now_s: float) -> Check | None:
        """What is wrong, if anything is."""
        for where, refusal in self._refusals.items():
            told = now_s - refusal.since_s >= PATIENCE_S
            if told and now_s - refusal.last_s < BELIEVED_S:
                return Check(False, f"NATS stores nothing in {where}: {refusal.why}", WHAT_TO_DO)
        return None
