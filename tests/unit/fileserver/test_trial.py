"""One trial of the public name, for as long as somebody asks for it."""

import asyncio

import pytest

from fileserver import trial
from fileserver.trial import Trial
from postflow.questions import CheckQuestion


async def test_to_ask_while_it_is_being_ended_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LEASE_S", 0.0)
    one = Trial(CheckQuestion(check_id="a" * 32, path="a.mov"))

    async def asked_again_at_its_end() -> None:
        async with one.lease():
            try:
                await asyncio.Event().wait()
            finally:
                one.renew()

    with pytest.raises(TimeoutError):
        await asked_again_at_its_end()
