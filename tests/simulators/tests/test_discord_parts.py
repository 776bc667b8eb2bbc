"""Edge: buttons and files in messages of the simulated Discord."""

import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.discord import DiscordSimulator, Settings
from simulators.instants import HandClock
from tests.simulated_discord import AGENT, BUTTON, FORUM, HOOK, URL, error_at, row


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


async def test_link_buttons_need_with_components(client: httpx.AsyncClient, discord: DiscordSimulator) -> None:
    body = {"content": "x", "components": [row(BUTTON)]}
    assert (await client.post(URL, json=body)).json()["components"] == []
    assert [violation.kind for violation in discord.journal.refused] == ["dropped_components"]
    answer = await client.post(URL, json=body, params={"wait": "true", "with_components": "true"})
    assert answer.json()["components"] == body["components"]
    assert discord.journal.violations == 1


@pytest.mark.parametrize(
    ("components", "path", "code"),
    [
        pytest.param([row(BUTTON)] * 6, "components", "BASE_TYPE_MAX_LENGTH", id="six-rows"),
        pytest.param([row(*[BUTTON] * 6)], "components.0.components", "BASE_TYPE_BAD_LENGTH", id="six-buttons"),
        pytest.param([row()], "components.0.components", "BASE_TYPE_BAD_LENGTH", id="empty-row"),
        pytest.param(
            [row(BUTTON | {"label": "x" * 81})],
            "components.0.components.0.label",
            "BASE_TYPE_MAX_LENGTH",
            id="label",
        ),
        pytest.param(
            [row(BUTTON | {"label": ""})], "components.0.components.0.label", "BASE_TYPE_REQUIRED", id="no-label"
        ),
        pytest.param(
            [row(BUTTON | {"url": "https://a.b/" + "x" * 501})],
            "components.0.components.0.url",
            "BASE_TYPE_MAX_LENGTH",
            id="url",
        ),
        pytest.param(
            [row(BUTTON | {"url": "file:///x"})],
            "components.0.components.0.url",
            "URL_TYPE_INVALID_URL",
            id="scheme",
        ),
        pytest.param(
            [row({"type": 2, "style": 1, "label": "Go", "custom_id": "go"})],
            "components.0.components.0",
            "INTERACTIVE_COMPONENT",
            id="button-that-acts",
        ),
        pytest.param(
            [row(BUTTON | {"custom_id": "x"})], "components.0.components.0", "INTERACTIVE_COMPONENT", id="custom-id"
        ),
        pytest.param(
            [row({"type": 3, "custom_id": "x", "options": []})],
            "components.0.components.0",
            "INTERACTIVE_COMPONENT",
            id="select",
        ),
        pytest.param(
            [row({"type": 10, "content": "x"})], "components.0.components.0.type", "BASE_TYPE_CHOICES", id="v2-only"
        ),
    ],
)
async def test_only_link_buttons_in_rows_are_taken(
    client: httpx.AsyncClient, components: list[dict[str, Any]], path: str, code: str
) -> None:
    params = {"with_components": "true"}
    answer = await client.post(URL, json={"content": "x", "components": components}, params=params)
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    assert error_at(answer.json()["errors"], path)["code"] == code


async def test_a_message_made_of_components_has_nothing_else(client: httpx.AsyncClient) -> None:
    text = {"type": 10, "content": "x <@12>"}
    body = {"flags": 1 << 15, "components": [text, row(BUTTON)]}
    params = {"wait": "true", "with_components": "true"}
    made = await client.post(URL, json=body, params=params)
    assert (made.status_code, made.json()["flags"], made.json()["mentions"]) == (200, 1 << 15, [{"id": "12"}])
    assert (await client.post(URL, json=body | {"content": "x"}, params=params)).status_code == 400
    assert (await client.post(URL, json=body | {"components": [text] * 41}, params=params)).status_code == 400
    kept = await client.patch(f"{URL}/messages/{made.json()['id']}", json={"flags": 0})
    assert kept.json()["flags"] == 1 << 15


async def test_files_come_as_multipart_and_can_be_shown(client: httpx.AsyncClient) -> None:
    picture = os.urandom(5000) + b"\r\n--x\r\n\n"
    payload = '{"embeds": [{"title": "t", "image": {"url": "attachment://a.png"}}]}'
    files = {"files[0]": ("a.png", picture, "image/png")}
    made = await client.post(URL, data={"payload_json": payload}, files=files)
    assert made.status_code == 200, made.text
    (attachment,) = made.json()["attachments"]
    assert (attachment["filename"], attachment["size"], attachment["content_type"]) == (
        "a.png",
        len(picture),
        "image/png",
    )


async def test_an_edit_keeps_the_attachments_it_lists(client: httpx.AsyncClient) -> None:
    files = {f"files[{number}]": (f"{number}.png", b"x", "image/png") for number in range(2)}
    made = (await client.post(URL, data={"payload_json": "{}"}, files=files)).json()
    path = f"{URL}/messages/{made['id']}"
    first = made["attachments"][0]
    assert len((await client.patch(path, json={"content": "x"})).json()["attachments"]) == 2
    assert (await client.patch(path, json={"attachments": [{"id": first["id"]}]})).json()["attachments"] == [first]


async def test_a_file_of_more_than_ten_mebibytes_is_too_large(client: httpx.AsyncClient) -> None:
    files = {"files[0]": ("a.png", bytes(10 * 2**20 + 1), "image/png")}
    answer = await client.post(URL, data={"payload_json": "{}"}, files=files)
    assert (answer.status_code, answer.json()["code"]) == (413, 40005)


async def test_eleven_files_are_too_many(client: httpx.AsyncClient) -> None:
    files = {f"files[{number}]": (f"{number}.png", b"x", "image/png") for number in range(11)}
    answer = await client.post(URL, data={"payload_json": "{}"}, files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
