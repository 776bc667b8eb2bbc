"""Edge: answers what others ask of the ledger: `ask.fileserver.transfer`."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from fileserver import ranges
from fileserver.exposure import Exposure
from fileserver.live import Live
from postflow.questions import TransferAnswer, TransferQuestion


class Ledger(Protocol):
    async def get(self, file_id: str) -> Exposure | None: ...
    def find(self, exposure_id: str) -> Live | None: ...


def about_transfers(ledger: Ledger) -> Callable[[TransferQuestion], Awaitable[TransferAnswer]]:
    """Answers from what this process saw and what the ledger holds, together.

    Bytes count while a request is still running, up to the last that surely left; a request that was cut counts as far
    as it came. An exposure whose revision changed answers nobody, so it is not open.
    """

    async def transfer(question: TransferQuestion) -> TransferAnswer:
        record = await ledger.get(question.file_id)
        if record is None or (record.attempt, record.exposure) != (question.attempt, question.exposure):
            return TransferAnswer(known=False)
        return TransferAnswer(
            known=True,
            is_open=ledger.find(record.exposure_id) is not None and not record.tainted,
            tainted=record.tainted,
            address_lost=record.address_lost,
            first_get_at=record.first_get_at,
            last_byte_at=record.last_byte_at,
            bytes_sent=ranges.length(record.covered),
            cut_by_us=record.cut_by_us,
        )

    return transfer
