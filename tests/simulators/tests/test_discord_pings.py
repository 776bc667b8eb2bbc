"""Edge: whom a message of the simulated Discord pings."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.discord import DiscordSimulator, Settings
from simulators.instants import HandClock
from tests.simulated_discord import AGENT, FORUM, HOOK, URL, embed


@pytest.fixture
def discord() -> DiscordSimulator:
    return DiscordSimulator(Settings(webhooks=(HOOK, FORUM), webhook_limit=50), clock=HandClock())


@pytest.fixture
async def client(discord: DiscordSimulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(discord.app)
    params = {"wait": "true"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://discord", headers=AGENT, params=params
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("allowed", "everyone", "users", "roles"),
    [
        pytest.param(None, False, ("1", "2"), (), id="nothing-said"),
        pytest.param({"parse": []}, False, (), (), id="none"),
        pytest.param({"parse": [], "users": ["2"]}, False, ("2",), (), id="one-user"),
        pytest.param({"parse": [], "roles": ["3"]}, False, (), ("3",), id="one-role"),
        pytest.param({"parse": ["everyone"]}, True, (), (), id="everyone"),
        pytest.param({"parse": ["users", "roles", "everyone"]}, True, ("1", "2"), ("3",), id="all"),
    ],
)
async def test_records_whom_a_message_would_have_pinged(
    client: httpx.AsyncClient,
    allowed: dict[str, Any] | None,
    everyone: bool,
    users: tuple[str, ...],
    roles: tuple[str, ...],
) -> None:
    body = {"content": "@everyone <@1> <@!2> <@&3>"} | ({"allowed_mentions": allowed} if allowed else {})
    await client.post(URL, json=body)
    (message,) = (await client.get("/_sim/messages")).json()["messages"]
    assert message["pings"] == {"everyone": everyone, "users": list(users), "roles": list(roles)}
    assert message["mentioned"] == {"everyone": True, "users": ["1", "2"], "roles": ["3"]}
    assert message["mention_everyone"] is everyone


async def test_an_edit_pings_nobody(client: httpx.AsyncClient) -> None:
    made = (await client.post(URL, json={"content": "x"})).json()
    await client.patch(f"{URL}/messages/{made['id']}", json={"content": "<@1> @here"})
    (message,) = (await client.get("/_sim/messages")).json()["messages"]
    assert message["pings"] == {"everyone": False, "users": [], "roles": []}
    assert message["mentioned"] == {"everyone": True, "users": ["1"], "roles": []}


async def test_an_embed_and_a_silent_message_ping_nobody(client: httpx.AsyncClient) -> None:
    await client.post(URL, json=embed(description="<@1> @everyone"))
    await client.post(URL, json={"content": "<@1>", "flags": 1 << 12})
    messages = (await client.get("/_sim/messages")).json()["messages"]
    assert [message["pings"]["users"] for message in messages] == [[], []]
