"""Edge: how much of Frame.io's limits all replicas together have used: a record for each endpoint in a bucket.

Times are by the clocks of the hosts that the replicas run on: calls bunch by as much as those differ.
"""

from collections.abc import Callable

from postflow.destination import Frozen
from postflow.errors import RecordConflict
from postflow.records import Held, Records


class BudgetRecord(Frozen):
    """
    Attributes:
        free_at: when the latest call that was granted goes out; unix seconds.
    """

    free_at: float


class Budget:
    def __init__(self, records: Records[BudgetRecord]) -> None:
        self._records = records
        self._known: dict[str, Held[BudgetRecord]] = {}
        """As we left them. Who moves alone need not read first; else the bucket says so."""

    async def move(self, label: str, step: Callable[[float], float]) -> float:
        """Move on when an endpoint is free, by `step` from when it was; 0 if nobody has called it yet.

        Raises:
            BusUnavailable: NATS does not answer. It may have been moved.
        """
        while True:
            held = self._known.pop(label, None) or await self._records.get(label)
            value = BudgetRecord(free_at=step(held.value.free_at if held else 0.0))
            try:
                if held is None:
                    self._known[label] = await self._records.create(label, value)
                else:
                    self._known[label] = await self._records.update(label, value, held=held)
            except RecordConflict:
                continue
            return value.free_at
