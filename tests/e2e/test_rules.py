"""Rules that are edited while all of PostFlow runs: nothing is restarted."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.studio import RULES, Studio, at_work, eventually, stack, words
from tests.e2e.test_console import answer, postflow

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SECOND = RULES.replace("undlm", "next").replace("UNDLM", "NEXT").replace('"EXPORTS"', '"NEXT"')
"""A second show, which a person writes with a mistake first."""
BROKEN = SECOND.replace('project = "NEXT"', "project = 5")
SORTED = RULES.replace('folder = "LOOSE"', 'folder = "SORTED"')


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with at_work(stack(tmp_path)) as made:
        yield made


def save(studio: Studio, text: str) -> None:
    """As an editor does that writes another file and gives it the name."""
    new = studio.stack.rules.with_name("postflow.toml~")
    new.write_text(text)
    new.replace(studio.stack.rules)


async def rules_line(studio: Studio) -> dict[str, str]:
    lines: list[dict[str, str]] = (await answer(studio.stack.urls.nats, "doctor"))["checks"]
    return next(line for line in lines if (line["service"], line["check"]) == ("watcher", "rules"))


async def cards_saying(studio: Studio, *texts: str) -> list[dict[str, Any]]:
    return [card for card in await studio.cards() if all(text in words(str(card["embeds"])) for text in texts)]


async def test_an_edit_takes_effect_and_a_mistake_in_one_show_stops_no_other(studio: Studio) -> None:
    studio.export("UNDLM_00001_v001.mov", b"film" * 1000)
    (first,) = await studio.delivered("UNDLM_00001_v001.mov")
    assert first["folder"] == "LOOSE"

    save(studio, SORTED + BROKEN)

    async def is_refused() -> bool:
        line = await rules_line(studio)
        return line["state"] == "red" and "shows.next.project: found 5" in line["detail"]

    await eventually(is_refused, "the mistake is told")
    assert (await postflow(studio.stack.urls.nats, "doctor"))[0] == 1
    studio.export("UNDLM_00002_v001.mov", b"film" * 1001)
    (second,) = await studio.delivered("UNDLM_00002_v001.mov")
    assert second["folder"] == "SORTED"

    async def is_told() -> bool:
        return bool(await cards_saying(studio, "Trouble", "shows.next.project"))

    await eventually(is_told, "the operators' channel hears of it", timeout_s=60)

    (studio.stack.folders.volume / "NEXT").mkdir()
    (studio.stack.folders.volume / "NEXT" / "NEXT_00001_v001.mov").write_bytes(b"film" * 1002)
    save(studio, SORTED + SECOND.replace('project = "NEXT"', 'project = "UNDLM"'))

    async def is_taken() -> bool:
        return (await rules_line(studio))["state"] == "ok"

    await eventually(is_taken, "the corrected rules are in force")
    (studio.stack.folders.volume / "NEXT" / "NEXT_00002_v001.mov").write_bytes(b"film" * 1003)
    await studio.delivered("NEXT_00002_v001.mov")
    assert await studio.assets_named("NEXT_00001_v001.mov") == []

    async def is_over() -> bool:
        return bool(await cards_saying(studio, "Over", "shows.next.project"))

    await eventually(is_over, "the operators' channel hears that it is over", timeout_s=60)
    assert len(await studio.assets()) == 3
