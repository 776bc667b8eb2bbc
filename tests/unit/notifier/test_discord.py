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


async def waits(channel: Discord, *, is_news: bool) -> bool:
    """Whether it is let in to wait for its turn."""
    turn = channel.turn(is_news=is_news)
    waiting = asyncio.create_task(turn.__aenter__())
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    if not done:
        return True
    assert isinstance(waiting.exception(), NotYet)
    return False


async def test_a_change_of_a_card_waits_like_others_while_there_is_no_news(crowded: Discord) -> None:
    assert await waits(crowded, is_news=False)
    assert await waits(crowded, is_news=False)


async def test_a_change_of_a_card_gives_way_while_news_waits(crowded: Discord) -> None:
    assert await waits(crowded, is_news=True)
    assert not await waits(crowded, is_news=False)
    assert await waits(crowded, is_news=True)
