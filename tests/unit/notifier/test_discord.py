"""Whose turn it is in a channel that takes so many calls a minute."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from notifier.channels import webhook
from notifier.channels.discord import Discord, http_client
from notifier.channels.pace import Pace
from postflow.errors import NotYet


@pytest.fixture
async def crowded() -> AsyncIterator[Discord]:
    """It takes its next call in ten seconds."""
    async with http_client() as client:
        hook = webhook.parse("https://discord.com/api/webhooks/12/ab_C-d")
        yield Discord("default", hook, client, pace=Pace(per_minute=6, burst=0), everywhere=Pace())


async def waits(channel: Discord, *, can_wait: bool) -> bool:
    """Whether it is let in to wait for its turn."""
    turn = channel.turn(can_wait=can_wait)
    waiting = asyncio.create_task(turn.__aenter__())
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    if not done:
        return True
    assert isinstance(waiting.exception(), NotYet)
    return False


async def test_what_can_wait_waits_like_others_while_nothing_else_does(crowded: Discord) -> None:
    assert await waits(crowded, can_wait=True)
    assert await waits(crowded, can_wait=True)


async def test_what_can_wait_gives_way_while_something_else_waits(crowded: Discord) -> None:
    assert await waits(crowded, can_wait=False)
    assert not await waits(crowded, can_wait=True)
    assert await waits(crowded, can_wait=False)
