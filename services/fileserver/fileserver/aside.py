"""Edge: the ledger as the door sees it: what is open in it, and beside it what we fetch ourselves for a trial.

A trial takes no place of the window, is in no record and told to nobody. It lives as long as this process at most.
"""

from typing import Protocol

from fileserver.exposure import Exposure
from fileserver.live import Live


class Ledger(Protocol):
    def find(self, exposure_id: str) -> Live | None: ...
    def ended_lately(self, exposure_id: str) -> Live | None: ...
    async def note(self, live: Live) -> None: ...


class OnTrial(Live):
    """Open for ourselves alone."""


class WithTrials:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._on_trial: dict[str, OnTrial] = {}

    def open(self, exposure: Exposure) -> OnTrial:
        live = OnTrial(exposure)
        self._on_trial[exposure.exposure_id] = live
        return live

    def close(self, live: OnTrial) -> None:
        self._on_trial.pop(live.record.exposure_id, None)
        live.end("the trial is over")

    def find(self, exposure_id: str) -> Live | None:
        return self._on_trial.get(exposure_id) or self._ledger.find(exposure_id)

    def ended_lately(self, exposure_id: str) -> Live | None:
        return self._ledger.ended_lately(exposure_id)

    async def note(self, live: Live) -> None:
        if not isinstance(live, OnTrial):
            await self._ledger.note(live)
