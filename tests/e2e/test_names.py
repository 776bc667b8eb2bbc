"""Names that somebody somewhere gives to a film: each arrives under it, and none means anything to Discord."""

import os
import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from postflow.identity import comparable
from tests.e2e.studio import Studio, at_work, eventually, sha256, stack

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

NAMES = {
    "spaces": "two  spaces and one.mov",
    "accents in pieces": unicodedata.normalize("NFD", "Café Zürich Ångström.mov"),
    "accents as one": "Crème brûlée.mov",
    "quotes": "\"double\" 'single' “curly” «these» `ticks`.mov",
    "mentions": "@everyone @here <@123456789012345678> <@&123456789012345678> <#1>.mov",
    "markdown": "**bold** _v_ ~~x~~ ||s|| # > - [free](https:evil.example).mov",
    "percent signs": "100% %20 %2e%2e %s.mov",
    "of addresses": "what?now=1&then=2#there;and+more.mov",
    "backslashes": "back\\slash \\n.mov",
    "other scripts": "映画 фильм 🎬.mov",
    "right to left": "סרט.mov",
    "a dash first": "-rf.mov",
    "as long as can be": "é" * 125 + "x.mov",
}
LINES = "first line\nsecond line.mov"
NOBODY = {"everyone": False, "users": [], "roles": []}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with at_work(stack(tmp_path_factory.mktemp("stack"))) as studio:
        yield studio


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arrived(studio: Studio) -> dict[str, list[dict[str, Any]]]:
    """The assets by what they hold, once there is a card for every film."""
    await studio.frameio_settings(
        transcoded_after_s=600
    )  # cards that change take as much of Discord's limit as new ones
    films = {about: os.urandom(2000) for about in NAMES}
    for about, content in films.items():
        studio.export(f"odd/{NAMES[about]}", content)
    studio.export(f"odd/{LINES}", b"no name for Frame.io")

    async def told() -> bool:
        return len(await studio.cards()) >= len(NAMES) + 1

    await eventually(told, "a card for each film", timeout_s=80)
    await studio.settled()
    assets = await studio.assets()
    return {about: [one for one in assets if one["sha256"] == sha256(content)] for about, content in films.items()}


@pytest.mark.parametrize("about", NAMES)
async def test_a_film_of_any_name_arrives_whole_once_under_it(
    arrived: dict[str, list[dict[str, Any]]], about: str
) -> None:
    (asset,) = arrived[about]
    assert comparable(asset["name"]) == comparable(NAMES[about])
    assert asset["folder"] == "INBOX"
    assert asset["media_type"] == "video/quicktime"


async def test_each_has_one_card_that_leads_to_it_and_calls_nobody(
    studio: Studio, arrived: dict[str, list[dict[str, Any]]]
) -> None:
    cards = await studio.cards()
    for (asset,) in arrived.values():
        assert len([card for card in cards if asset["id"] in str(card)]) == 1
    assert len(cards) == len(NAMES) + 1
    assert [card["content"] for card in cards] == [""] * len(cards)
    assert [card for card in cards if card["pings"] != NOBODY or card["mentioned"] != NOBODY] == []


async def test_a_name_of_two_lines_is_rejected_and_the_card_says_why(
    studio: Studio, arrived: dict[str, list[dict[str, Any]]]
) -> None:
    assert len(await studio.assets()) == len(arrived)
    (card,) = [card for card in await studio.cards() if "first line" in str(card["embeds"])]
    assert "a control character" in str(card["embeds"])
