"""Edge: answers what others ask of the ledger and of the access log: `ask.fileserver.transfer`, `verify-log`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from fileserver import ranges
from fileserver.exposure import Exposure, State
from fileserver.live import Live
from postflow.chain import Link
from postflow.questions import TransferAnswer, TransferQuestion, VerifyLogAnswer, VerifyLogQuestion
from postflow.verifying import verified


class Ledger(Protocol):
    async def get(self, file_id: str) -> Exposure | None: ...
    def find(self, exposure_id: str) -> Live | None: ...


class Doubted(Protocol):
    def doubt(self) -> None: ...


def about_transfers(ledger: Ledger, name: Doubted) -> Callable[[TransferQuestion], Awaitable[TransferAnswer]]:
    """Answers from what this process saw and what the ledger holds, together.

    Bytes count while a request is still running, up to the last that surely left; a request that was cut counts as far
    as it came. An exposure whose revision changed answers nobody, so it is not open. Whoever says that a fetch came to
    nothing has the tunnel looked at, and finds it in a later answer if that was why.
    """

    async def transfer(question: TransferQuestion) -> TransferAnswer:
        record = await ledger.get(question.file_id)
        if record is None or (record.attempt, record.exposure) != (question.attempt, question.exposure):
            return TransferAnswer(known=False)
        if question.came_to_nothing and record.state is State.OPEN and not record.went_out_whole:
            name.doubt()
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


def about_log(
    folder: Path, recall: Callable[[], Awaitable[Link | None]]
) -> Callable[[VerifyLogQuestion], Awaitable[VerifyLogAnswer]]:
    """Args:
    recall: the line that NATS remembers.
    """

    async def verify(question: VerifyLogQuestion) -> VerifyLogAnswer:
        remembered = await recall()
        if question.only_link:
            return VerifyLogAnswer(remembered=remembered)
        return await asyncio.to_thread(verified, folder, remembered)

    return verify
