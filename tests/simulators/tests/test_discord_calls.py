"""Edge: what holds for every call of the simulated Discord: who may call, how often, and what goes wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from simulators.discord import DiscordSimulator, Settings, Webhook, faults
from simulators.instants import HandClock
from simulators.serving import running

FIRST = Webhook(id="1100000000000000001", token="one")
NEIGHBOUR = Webhook(id="1100000000000000002", token="two")
ELSEWHERE = Webhook(id="1100000000000000003", token="three", channel_id="1200000000000000009")
AGENT = {"user-agent": "DiscordBot (https://example.com, 0.1)"}
HELLO = {"content": "hello"}


def url(webhook: Webhook, version: str = "/v10") -> str:
    return f"/api{version}/webhooks/{webhook.id}/{webhook.token}"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def discord(clock: HandClock) -> DiscordSimulator:
    return DiscordSimulator(Settings(webhooks=(FIRST, NEIGHBOUR, ELSEWHERE)), clock=clock)


@pytest.fixture
async def client(discord: DiscordSimulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(discord.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://discord", headers=AGENT) as client:
        yield client


def kinds(discord: DiscordSimulator) -> list[str]:
    return [violation.kind for violation in discord.journal.refused]


async def test_waits_for_the_message_only_when_asked(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    silent = await client.post(url(FIRST), json=HELLO)
    assert (silent.status_code, silent.content) == (204, b"")
    for word in ("true", "True", "1"):
        answer = await client.post(url(FIRST), json=HELLO, params={"wait": word})
        assert (answer.status_code, answer.json()["content"]) == (200, "hello")
    assert len(discord.messages.all) == 4
    assert discord.journal.violations == 0


async def test_a_message_has_the_documented_form(client: httpx.AsyncClient, clock: HandClock) -> None:
    message = (await client.post(url(FIRST), json=HELLO | {"username": "PostFlow"}, params={"wait": "true"})).json()
    made_ms = (int(message["id"]) >> 22) + 1_420_070_400_000
    assert made_ms == int(clock() * 1000)
    assert message["author"]["username"] == "PostFlow"
    assert (message["channel_id"], message["webhook_id"]) == (FIRST.channel_id, FIRST.id)
    assert (message["timestamp"], message["edited_timestamp"]) == ("2025-06-15T15:06:40.000000+00:00", None)
    assert {"embeds", "attachments", "components", "flags", "mentions", "pinned", "tts", "type"} <= message.keys()


async def test_a_webhook_can_be_looked_at(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    webhook = (await client.get(url(FIRST))).json()
    assert (webhook["id"], webhook["type"], webhook["channel_id"]) == (FIRST.id, 1, FIRST.channel_id)
    assert webhook["application_id"] is None
    assert discord.messages.all == {}


async def test_a_message_can_be_read_edited_and_deleted(
    client: httpx.AsyncClient, clock: HandClock, discord: DiscordSimulator
) -> None:
    made = (await client.post(url(FIRST), json=HELLO, params={"wait": "true"})).json()
    path = f"{url(FIRST)}/messages/{made['id']}"
    clock.advance(3)
    edited = await client.patch(path, json={"content": "bye"})
    assert (edited.status_code, edited.json()["content"], edited.json()["id"]) == (200, "bye", made["id"])
    assert edited.json()["edited_timestamp"] == "2025-06-15T15:06:43.000000+00:00"
    assert (await client.get(path)).json() == edited.json()
    assert (await client.delete(path)).status_code == 204
    for answer in (await client.get(path), await client.delete(path)):
        assert (answer.status_code, answer.json()) == (404, {"message": "Unknown Message", "code": 10008})
    assert discord.journal.violations == 0


async def test_a_message_belongs_to_its_webhook(client: httpx.AsyncClient) -> None:
    made = (await client.post(url(FIRST), json=HELLO, params={"wait": "true"})).json()
    answer = await client.patch(f"{url(NEIGHBOUR)}/messages/{made['id']}", json=HELLO)
    assert (answer.status_code, answer.json()["code"]) == (404, 10008)


async def test_a_wrong_token_is_refused(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    answer = await client.post(f"/api/v10/webhooks/{FIRST.id}/wrong", json=HELLO)
    assert (answer.status_code, answer.json()) == (401, {"message": "Invalid Webhook Token", "code": 50027})
    assert kinds(discord) == ["unauthorized"]


async def test_a_deleted_webhook_is_unknown_and_asking_again_a_violation(
    client: httpx.AsyncClient, discord: DiscordSimulator
) -> None:
    assert (await client.delete(f"/_sim/webhooks/{FIRST.id}")).status_code == 204
    answer = await client.post(url(FIRST), json=HELLO)
    assert (answer.status_code, answer.json()) == (404, {"message": "Unknown Webhook", "code": 10015})
    assert kinds(discord) == []
    await client.post(url(FIRST), json=HELLO)
    assert kinds(discord) == ["dead_webhook"]


@pytest.mark.parametrize("agent", ["", "python-httpx/0.28", "DiscordBot", "DiscordBot (PostFlow)"])
async def test_a_client_that_does_not_say_what_it_is_is_blocked(
    client: httpx.AsyncClient, discord: DiscordSimulator, agent: str
) -> None:
    answer = await client.post(url(FIRST), json=HELLO, headers={"user-agent": agent})
    assert (answer.status_code, answer.json()["code"]) == (403, 40333)
    assert kinds(discord) == ["user_agent"]


async def test_any_client_is_taken_where_that_is_allowed() -> None:
    discord = DiscordSimulator(Settings(webhooks=(FIRST,), any_user_agent=True))
    transport = httpx.ASGITransport(discord.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://discord") as client:
        assert (await client.post(url(FIRST), json=HELLO)).status_code == 204


@pytest.mark.parametrize("path", ["/api/v9/webhooks/1/x", "/api/v10/channels/1/messages", "/webhooks/1/x"])
async def test_an_endpoint_that_does_not_exist_is_a_violation(
    client: httpx.AsyncClient, discord: DiscordSimulator, path: str
) -> None:
    assert (await client.post(path, json=HELLO)).status_code == 404
    assert kinds(discord) == ["unknown_route"]


async def test_five_calls_in_two_seconds_fit(
    client: httpx.AsyncClient, clock: HandClock, discord: DiscordSimulator
) -> None:
    answers = [await client.post(url(FIRST), json=HELLO) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [204] * 5
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0"]
    assert answers[0].headers["X-RateLimit-Limit"] == "5"
    assert answers[0].headers["X-RateLimit-Reset"] == f"{clock() + 2:.3f}"
    clock.advance(0.5)
    over = await client.post(url(FIRST), json=HELLO)
    assert (over.status_code, over.headers["X-RateLimit-Scope"]) == (429, "user")
    assert over.json() == {"message": "You are being rate limited.", "retry_after": 1.5, "global": False}
    assert (over.headers["Retry-After"], over.headers["X-RateLimit-Reset-After"]) == ("2", "1.500")
    assert kinds(discord) == ["rate_limited"]
    clock.advance(1.5)
    assert (await client.post(url(FIRST), json=HELLO)).status_code == 204


async def test_webhooks_have_buckets_of_their_own(client: httpx.AsyncClient) -> None:
    buckets = set()
    for webhook in (FIRST, NEIGHBOUR):
        answers = [await client.post(url(webhook), json=HELLO) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {204}
        buckets.add(answers[0].headers["X-RateLimit-Bucket"])
    assert len(buckets) == 2


async def test_failed_calls_count_too(client: httpx.AsyncClient) -> None:
    for _ in range(5):
        assert (await client.post(url(FIRST), json={})).status_code == 400
    assert (await client.post(url(FIRST), json=HELLO)).status_code == 429


async def test_a_channel_takes_thirty_writes_a_minute_whatever_the_webhook_says(
    client: httpx.AsyncClient, clock: HandClock, discord: DiscordSimulator
) -> None:
    for number in range(30):
        webhook = (FIRST, NEIGHBOUR)[number % 2]
        assert (await client.post(url(webhook), json=HELLO)).status_code == 204
        clock.advance(0.5)
    over = await client.post(url(FIRST), json=HELLO)
    assert (over.status_code, over.headers["X-RateLimit-Scope"]) == (429, "shared")
    assert int(over.headers["X-RateLimit-Remaining"]) > 0
    assert over.json()["retry_after"] == 45.0
    assert (await client.post(url(ELSEWHERE), json=HELLO)).status_code == 204
    assert (await client.get(url(FIRST))).status_code == 200
    clock.advance(45)
    assert (await client.post(url(FIRST), json=HELLO)).status_code == 204


async def test_the_global_limit_says_that_it_is_global(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    discord = DiscordSimulator(Settings(webhooks=(FIRST,), webhook_limit=99, channel_limit=99), clock=HandClock())
    transport = httpx.ASGITransport(discord.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://discord", headers=AGENT) as client:
        answers = [await client.post(url(FIRST), json=HELLO) for _ in range(51)]
    assert [answer.status_code for answer in answers] == [204] * 50 + [429]
    assert (answers[-1].headers["X-RateLimit-Global"], answers[-1].json()["global"]) == ("true", True)


async def test_limits_can_be_tightened() -> None:
    discord = DiscordSimulator(Settings(webhooks=(FIRST,), webhook_limit=1), clock=HandClock())
    transport = httpx.ASGITransport(discord.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://discord", headers=AGENT) as client:
        assert [(await client.post(url(FIRST), json=HELLO)).status_code for _ in range(2)] == [204, 429]


async def test_edits_of_old_messages_have_a_limit_of_their_own(client: httpx.AsyncClient, clock: HandClock) -> None:
    made = (await client.post(url(FIRST), json=HELLO, params={"wait": "true"})).json()
    path = f"{url(FIRST)}/messages/{made['id']}"
    clock.advance(3601)
    answers = [await client.patch(path, json=HELLO) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert (answers[-1].json()["code"], answers[-1].json()["retry_after"]) == (30046, 6.0)


async def test_without_a_version_waiting_times_are_milliseconds(
    client: httpx.AsyncClient, discord: DiscordSimulator
) -> None:
    for _ in range(5):
        assert (await client.post(url(FIRST, ""), json=HELLO)).status_code == 204
    over = await client.post(url(FIRST, ""), json=HELLO)
    assert (over.json()["retry_after"], over.headers["Retry-After"]) == (2000, "2000")
    assert kinds(discord).count("unversioned") == 6


async def test_answers_of_discord_itself_say_via(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post(url(FIRST), json=HELLO),
        await client.post(url(FIRST), json={}),
        await client.get("/api/v10/nothing"),
    ]
    assert [answer.headers["via"] for answer in answers] == ["1.1 google"] * 3


async def test_too_many_invalid_calls_end_in_a_ban(clock: HandClock) -> None:
    discord = DiscordSimulator(Settings(webhooks=(FIRST,), ban_after=3, webhook_limit=99), clock=clock)
    transport = httpx.ASGITransport(discord.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://discord", headers=AGENT) as client:
        for _ in range(3):
            assert (await client.post(f"/api/v10/webhooks/{FIRST.id}/wrong", json=HELLO)).status_code == 401
        banned = await client.post(url(FIRST), json=HELLO)
        assert (banned.status_code, banned.text) == (429, "error code: 1015")
        assert "via" not in banned.headers
        assert "x-ratelimit-limit" not in banned.headers
        clock.advance(601)
        assert (await client.post(url(FIRST), json=HELLO)).status_code == 204


async def test_a_limit_of_the_channel_does_not_count_towards_a_ban(clock: HandClock) -> None:
    discord = DiscordSimulator(Settings(webhooks=(FIRST,), ban_after=2, channel_limit=1, webhook_limit=99), clock=clock)
    transport = httpx.ASGITransport(discord.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://discord", headers=AGENT) as client:
        answers = [await client.post(url(FIRST), json=HELLO) for _ in range(5)]
    assert {answer.headers["via"] for answer in answers} == {"1.1 google"}


async def test_a_status_comes_before_any_effect(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    discord.faults.queue(
        faults.Status(route="execute", status=429, retry_after_s=0.7, scope="shared"),
        faults.Status(status=404, code=10015, message="Unknown Webhook"),
        faults.Status(status=502),
    )
    limited, gone, page = [await client.post(url(FIRST), json=HELLO) for _ in range(3)]
    assert (limited.status_code, limited.json()["retry_after"], limited.headers["Retry-After"]) == (429, 0.7, "1")
    assert (gone.status_code, gone.json()) == (404, {"message": "Unknown Webhook", "code": 10015})
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert (discord.messages.all, discord.journal.violations) == ({}, 0)
    assert [call.injected for call in discord.journal.calls] == [True] * 3


async def test_a_ban_can_be_made_up(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    discord.faults.queue(faults.Ban())
    banned = await client.post(url(FIRST), json=HELLO)
    assert (banned.status_code, banned.text, "via" in banned.headers) == (429, "error code: 1015", False)
    assert (await client.post(url(FIRST), json=HELLO)).status_code == 204


Act = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


@pytest.mark.parametrize(
    ("act", "content", "count"),
    [
        pytest.param(lambda client, path: client.post(url(FIRST), json={"content": "new"}), "hello", 2, id="execute"),
        pytest.param(lambda client, path: client.patch(path, json={"content": "bye"}), "bye", 1, id="edit"),
        pytest.param(lambda client, path: client.delete(path), None, 0, id="delete"),
    ],
)
async def test_a_connection_can_be_cut_after_the_work_is_done(
    discord: DiscordSimulator, act: Act, content: str | None, count: int
) -> None:
    async with running(discord.app) as base_url, httpx.AsyncClient(base_url=base_url, headers=AGENT) as client:
        made = (await client.post(url(FIRST), json=HELLO, params={"wait": "true"})).json()
        discord.faults.queue(faults.ResetAfterCommit())
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await act(client, f"{url(FIRST)}/messages/{made['id']}")
    there = [message for message in discord.messages.all.values() if message.deleted_at is None]
    assert len(there) == count
    assert content is None or there[0].shown.content == content


@pytest.mark.parametrize(("fault", "posted"), [("reset", 0), ("cut_answer", 1)])
async def test_a_connection_can_go_before_the_work_or_in_the_middle_of_the_answer(
    discord: DiscordSimulator, fault: str, posted: int
) -> None:
    async with running(discord.app) as base_url, httpx.AsyncClient(base_url=base_url, headers=AGENT) as client:
        await client.post("/_sim/faults", json={"faults": [{"kind": fault, "route": "execute"}]})
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.post(url(FIRST), json=HELLO, params={"wait": "true"})
    assert len(discord.messages.all) == posted


async def test_a_share_of_the_calls_can_fail(client: httpx.AsyncClient, clock: HandClock) -> None:
    fault = {"kind": "status", "status": 502, "probability": 0.3, "seed": 7, "until_s": 1000}
    await client.post("/_sim/faults", json={"faults": [fault]})
    statuses = []
    for _ in range(60):
        statuses.append((await client.get(url(FIRST))).status_code)
        clock.advance(1)
    assert set(statuses) == {200, 502}
    assert 8 <= statuses.count(502) <= 28
    clock.advance(1000)
    assert (await client.get(url(FIRST))).status_code == 200


async def test_an_answer_can_be_an_error_after_the_work_is_done(
    client: httpx.AsyncClient, discord: DiscordSimulator
) -> None:
    discord.faults.queue(faults.ErrorAfterCommit())
    assert (await client.post(url(FIRST), json=HELLO)).status_code == 502
    assert len(discord.messages.all) == 1


async def test_faults_come_by_http_too(client: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {"faults": [{"kind": "status", "route": "execute", "status": 500}]}
    assert (await client.post("/_sim/faults", json=body)).json() == {"queued": 1}
    assert (await client.post(url(FIRST), json=HELLO)).status_code == 500
    for wrong in ({"kind": "status"}, {"kind": "status", "status": 500, "route": "post"}):
        assert (await client.post("/_sim/faults", json={"faults": [wrong]})).status_code == 422


async def test_messages_can_be_asked_for_and_forgotten(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    made = (await client.post(url(FIRST), json=HELLO, params={"wait": "true"})).json()
    await client.patch(f"{url(FIRST)}/messages/{made['id']}", json={"content": "bye"})
    seen = (await client.get("/_sim/messages")).json()
    (message,) = seen["messages"]
    assert (seen["violations"], message["content"], message["edits"], message["deleted"]) == (0, "bye", 1, False)
    assert (await client.delete(f"/_sim/messages/{made['id']}")).status_code == 204
    assert (await client.get("/_sim/messages")).json()["messages"][0]["deleted"] is True
    calls = (await client.get("/_sim/calls")).json()
    assert {name: route["calls"] for name, route in calls["routes"].items()} == {"execute": 1, "edit_message": 1}
    await client.post("/_sim/reset")
    assert (await client.get("/_sim/messages")).json() == {"messages": [], "violations": 0}
