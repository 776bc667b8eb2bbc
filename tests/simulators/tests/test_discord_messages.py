"""Edge: what a message of the simulated Discord may hold, and what becomes of it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.discord import DiscordSimulator, Settings, Webhook
from simulators.instants import HandClock
from tests.simulated_discord import AGENT, FORUM, FORUM_URL, HOOK, URL, embed, error_at


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
    ("body", "path", "code"),
    [
        pytest.param({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH", id="content"),
        pytest.param({"content": "😀" * 1001}, "content", "BASE_TYPE_MAX_LENGTH", id="content-in-code-units"),
        pytest.param({"content": 5}, "content", "STRING_TYPE_CONVERT", id="content-is-a-number"),
        pytest.param({"content": "x", "username": ""}, "username", "BASE_TYPE_BAD_LENGTH", id="no-name"),
        pytest.param({"content": "x", "username": "x" * 81}, "username", "BASE_TYPE_BAD_LENGTH", id="name"),
        pytest.param({"content": "x", "username": "My Discord"}, "username", "USERNAME_INVALID_CONTAINS", id="discord"),
        pytest.param({"content": "x", "username": "Clyde"}, "username", "USERNAME_INVALID_CONTAINS", id="clyde"),
        pytest.param(
            {"content": "x", "avatar_url": "ftp://a.b/c"}, "avatar_url", "URL_TYPE_INVALID_SCHEME", id="avatar"
        ),
        pytest.param({"embeds": [{"title": "t"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH", id="eleven-embeds"),
        pytest.param(embed(title="x" * 257), "embeds.0.title", "BASE_TYPE_MAX_LENGTH", id="title"),
        pytest.param(embed(description="x" * 4097), "embeds.0.description", "BASE_TYPE_MAX_LENGTH", id="description"),
        pytest.param(embed(url="javascript:1"), "embeds.0.url", "URL_TYPE_INVALID_URL", id="url"),
        pytest.param(embed(color=0x1000000), "embeds.0.color", "NUMBER_TYPE_MAX", id="colour-too-high"),
        pytest.param(embed(color=-1), "embeds.0.color", "NUMBER_TYPE_MIN", id="colour-too-low"),
        pytest.param(embed(color="#ff0000"), "embeds.0.color", "NUMBER_TYPE_COERCE", id="colour-as-text"),
        pytest.param(embed(timestamp="yesterday"), "embeds.0.timestamp", "DATE_TIME_TYPE_PARSE", id="timestamp"),
        pytest.param(embed(footer={"text": "x" * 2049}), "embeds.0.footer.text", "BASE_TYPE_MAX_LENGTH", id="footer"),
        pytest.param(embed(author={"name": "x" * 257}), "embeds.0.author.name", "BASE_TYPE_MAX_LENGTH", id="author"),
        pytest.param(
            embed(fields=[{"name": "n", "value": "v"}] * 26), "embeds.0.fields", "BASE_TYPE_MAX_LENGTH", id="26-fields"
        ),
        pytest.param(
            embed(fields=[{"name": "x" * 257, "value": "v"}]),
            "embeds.0.fields.0.name",
            "BASE_TYPE_MAX_LENGTH",
            id="field-name",
        ),
        pytest.param(
            embed(fields=[{"name": "n", "value": "x" * 1025}]),
            "embeds.0.fields.0.value",
            "BASE_TYPE_MAX_LENGTH",
            id="field-value",
        ),
        pytest.param(
            embed(fields=[{"name": "n", "value": "  "}]),
            "embeds.0.fields.0.value",
            "BASE_TYPE_REQUIRED",
            id="blank-field",
        ),
        pytest.param(embed(fields=[{"name": "n"}]), "embeds.0.fields.0.value", "BASE_TYPE_REQUIRED", id="half-field"),
        pytest.param(
            {"embeds": [{"description": "x" * 3001}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED", id="6000-together"
        ),
        pytest.param(
            embed(image={"url": "attachment://a.png"}), "embeds.0.image.url", "URL_TYPE_INVALID_URL", id="no-attachment"
        ),
        pytest.param(
            embed(thumbnail={"url": "attachment://a.mov"}),
            "embeds.0.thumbnail.url",
            "URL_TYPE_INVALID_URL",
            id="no-image",
        ),
        pytest.param(
            {"content": "x", "allowed_mentions": {"parse": ["all"]}},
            "allowed_mentions.parse.0",
            "BASE_TYPE_CHOICES",
            id="mention-type",
        ),
        pytest.param(
            {"content": "x", "allowed_mentions": {"users": ["1"] * 101}},
            "allowed_mentions.users",
            "BASE_TYPE_MAX_LENGTH",
            id="101-users",
        ),
        pytest.param(
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions",
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
            id="type-and-ids",
        ),
    ],
)
async def test_a_form_that_breaks_a_limit_is_refused_with_its_place(
    client: httpx.AsyncClient, discord: DiscordSimulator, body: dict[str, Any], path: str, code: str
) -> None:
    answer = await client.post(URL, json=body)
    content = answer.json()
    assert (answer.status_code, content["code"], content["message"]) == (400, 50035, "Invalid Form Body")
    error = error_at(content["errors"], path)
    assert error["code"] == code
    assert error["message"]
    assert [violation.kind for violation in discord.journal.refused] == ["malformed"]
    assert discord.messages.all == {}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"content": "x" * 2000 + "  "}, id="content"),
        pytest.param({"content": "x", "username": "x" * 80}, id="name"),
        pytest.param({"embeds": [{"title": "t"}] * 10}, id="embeds"),
        pytest.param(
            embed(
                title="x" * 256,
                description="x" * 1000,
                url="https://a.b/c",
                color=0xFFFFFF,
                timestamp="2026-11-21T00:00:00Z",
                footer={"text": "x" * 2048, "icon_url": "https://a.b/c.png"},
                author={"name": "x" * 256},
                image={"url": "https://a.b/c.png"},
                fields=[{"name": "x" * 256, "value": "x" * 1024, "inline": True}],
            ),
            id="embed",
        ),
        pytest.param({"embeds": [{"description": "x" * 3000}] * 2}, id="6000-together"),
        pytest.param(embed(fields=[{"name": "n", "value": "v"}] * 25), id="fields"),
        pytest.param({"content": "x", "allowed_mentions": {"parse": [], "users": ["1"]}}, id="mentions"),
    ],
)
async def test_a_form_at_its_limits_is_taken(
    client: httpx.AsyncClient, discord: DiscordSimulator, body: dict[str, Any]
) -> None:
    answer = await client.post(URL, json=body)
    assert answer.status_code == 200, answer.text
    assert discord.journal.violations == 0


@pytest.mark.parametrize(
    "body", [{}, {"content": "  "}, {"embeds": []}, {"embeds": [{}]}, {"embeds": [{"color": 5}]}, {"components": []}]
)
async def test_an_empty_message_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post(URL, json=body)
    assert (answer.status_code, answer.json()) == (400, {"message": "Cannot send an empty message", "code": 50006})


async def test_an_edit_may_not_leave_nothing(client: httpx.AsyncClient) -> None:
    made = (await client.post(URL, json={"content": "x"})).json()
    answer = await client.patch(f"{URL}/messages/{made['id']}", json={"content": None})
    assert (answer.status_code, answer.json()["code"]) == (400, 50006)
    assert (await client.get(f"{URL}/messages/{made['id']}")).json()["content"] == "x"


async def test_an_edit_changes_what_it_names_and_nothing_else(client: httpx.AsyncClient) -> None:
    made = (await client.post(URL, json={"content": "x"} | embed())).json()
    path = f"{URL}/messages/{made['id']}"
    edited = (await client.patch(path, json={"embeds": [{"title": "new"}]})).json()
    assert (edited["content"], edited["embeds"]) == ("x", [{"type": "rich", "title": "new"}])
    edited = (await client.patch(path, json={"embeds": None})).json()
    assert (edited["content"], edited["embeds"]) == ("x", [])


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        pytest.param(b"{", "application/json", 50109, id="no-json"),
        pytest.param(b"content=x", "application/x-www-form-urlencoded", 50035, id="a-form"),
        pytest.param(b"[]", "application/json", 50035, id="no-object"),
    ],
)
async def test_a_body_that_is_no_message_is_refused(
    client: httpx.AsyncClient, content: bytes, content_type: str, code: int
) -> None:
    answer = await client.post(URL, content=content, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        pytest.param({"wait": True}, "wait", id="wait-in-the-body"),
        pytest.param({"allow_mentions": {"parse": []}}, "allow_mentions", id="misspelt"),
        pytest.param({"embeds": [{"title": "t", "video": {"url": "x"}}]}, "embeds.0.video", id="not-settable"),
        pytest.param(embed(fields=[{"name": "n", "value": "v", "x": 1}]), "embeds.0.fields.0.x", id="deep-inside"),
    ],
)
async def test_a_field_that_discord_ignores_is_a_violation(
    client: httpx.AsyncClient, discord: DiscordSimulator, body: dict[str, Any], ignored: str
) -> None:
    answer = await client.post(URL, json={"content": "x"} | body)
    assert answer.status_code == 200
    (violation,) = discord.journal.refused
    assert (violation.kind, violation.detail) == ("ignored_field", f"Discord ignores {ignored}")
    assert "video" not in answer.text


async def test_a_name_cannot_be_edited(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    made = (await client.post(URL, json={"content": "x", "username": "PostFlow"})).json()
    edited = await client.patch(f"{URL}/messages/{made['id']}", json={"username": "Other"})
    assert edited.json()["author"]["username"] == "PostFlow"
    assert [violation.kind for violation in discord.journal.refused] == ["ignored_field"]


async def test_embeds_of_one_url_are_one(client: httpx.AsyncClient) -> None:
    embeds = [{"title": title, "url": f"https://a.b/{url}"} for title, url in [("1", "x"), ("2", "x"), ("3", "y")]]
    shown = (await client.post(URL, json={"embeds": [*embeds, {"title": "4"}]})).json()["embeds"]
    assert [one["title"] for one in shown] == ["1", "3", "4"]


async def test_a_forum_needs_one_thread(client: httpx.AsyncClient) -> None:
    neither = await client.post(FORUM_URL, json={"content": "x"})
    both = await client.post(FORUM_URL, json={"content": "x", "thread_name": "t"}, params={"thread_id": "1"})
    elsewhere = await client.post(URL, json={"content": "x", "thread_name": "t"})
    unknown = await client.post(FORUM_URL, json={"content": "x"}, params={"thread_id": "1"})
    codes = [(answer.status_code, answer.json()["code"]) for answer in (neither, both, elsewhere, unknown)]
    assert codes == [(400, 220001), (400, 220002), (400, 220003), (404, 10003)]


async def test_a_message_in_a_thread_is_found_only_there(client: httpx.AsyncClient) -> None:
    made = (await client.post(FORUM_URL, json={"content": "x", "thread_name": "SC01"})).json()
    thread = made["channel_id"]
    assert thread != FORUM.channel_id
    path = f"{FORUM_URL}/messages/{made['id']}"
    assert (await client.patch(path, json={"content": "y"})).json()["code"] == 10008
    assert (await client.patch(path, json={"content": "y"}, params={"thread_id": thread})).status_code == 200
    second = await client.post(FORUM_URL, json={"content": "z"}, params={"thread_id": thread, "wait": "true"})
    assert second.json()["channel_id"] == thread


@pytest.mark.parametrize(
    ("text", "webhook"),
    [
        ("1100000000000000009/a-token", Webhook(id="1100000000000000009", token="a-token")),
        (
            "1100000000000000009/a-token/1200000000000000009",
            Webhook(id="1100000000000000009", token="a-token", channel_id="1200000000000000009"),
        ),
    ],
)
def test_a_webhook_is_given_as_id_token_and_channel(text: str, webhook: Webhook) -> None:
    assert Webhook.parse(text) == webhook
