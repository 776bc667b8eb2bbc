"""Edge: a record of the ledger, changed by compare-and-set until nobody wrote in between."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from postflow.errors import RecordConflict, RetryableError
from postflow.records import Records

MOST_TRIES = 20
"""Compare-and-set against ourselves: a fetch that notes what it sent, while a message revokes."""

R = TypeVar("R", bound=BaseModel)


async def changed(records: Records[R], key: str, change: Callable[[R | None], R | None]) -> R | None:
    """Change a record by compare-and-set until nobody wrote in between; what is there afterwards.

    Args:
        change: from what is there to what should be; None leaves it. Called once for each try.

    Raises:
        RetryableError: others wrote each time.
    """
    for _ in range(MOST_TRIES):
        held = await records.get(key)
        wanted = change(held.value if held else None)
        if wanted is None:
            return held.value if held else None
        try:
            written = await (records.update(key, wanted, held=held) if held else records.create(key, wanted))
        except RecordConflict:
            continue
        return written.value
    raise RetryableError(f"the record {key} is being changed too often")
