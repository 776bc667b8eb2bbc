"""One file, end to end, through processes of their own."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

import onehost
from tests.e2e.studio import SHOT, Studio, at_work, eventually, sha256, stack, words

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

CLIP = (Path(onehost.__file__).parent / "demo" / "clip.mov").read_bytes()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with at_work(stack(tmp_path_factory.mktemp("stack"))) as studio:
        yield studio


async def test_one_movie_arrives_whole_once_in_its_folder_with_one_card(studio: Studio) -> None:
    studio.export(SHOT, CLIP)
    (asset,) = await studio.delivered(SHOT)
    assert asset["sha256"] == sha256(CLIP)
    assert (asset["project"], asset["folder"]) == ("UNDLM", "WIP_BYSHOT/SC01_SEQ_INTRO")
    assert asset["media_type"] == "video/quicktime"
    assert len(await studio.cards_of("SQ01_UNDLM_00003_v001.mov")) == 1


async def test_its_address_is_dead_afterwards(studio: Studio) -> None:
    (asset,) = await studio.delivered(SHOT)

    async def dead() -> bool:
        return await studio.status_of(asset["source_url"]) == 410

    assert await eventually(dead, "the address is revoked")


async def test_it_is_one_trace_with_the_spans_of_all_four_services_and_of_the_fetch(studio: Studio) -> None:
    (card,) = await studio.cards_of("SQ01_UNDLM_00003_v001.mov")
    trace_id = _trace_id(str(card))

    async def complete() -> bool:
        spans = await studio.spans(trace_id)
        services = {span["service"] for span in spans}
        return {"watcher", "fileserver", "uploader", "notifier"} <= services and len(_roots(spans)) == 1

    await eventually(complete, "the trace has the spans of all four services below one root")
    spans = await studio.spans(trace_id)
    assert any(span["name"] == "GET /x" and span["service"] == "fileserver" for span in spans)
    assert any(span["name"] == "POST remote_upload" for span in spans)
    ids = {span["span_id"] for span in spans}
    assert all(span["parent_span_id"] in ids for span in spans if span["parent_span_id"])


async def test_nothing_that_was_said_holds_a_secret(studio: Studio) -> None:
    (asset,) = await studio.delivered(SHOT)
    signature = urlsplit(asset["source_url"]).path.rsplit("/", 1)[-1]
    secrets = [signature, "simulated-token", "simulated-webhook-token"]
    said = studio.logs() + await studio.all_spans() + str(await studio.cards())
    assert [secret for secret in secrets if secret in said] == []


async def test_a_file_that_grows_is_not_sent_before_it_is_whole(studio: Studio) -> None:
    """Written for longer than the quiet time, with pauses shorter than it."""
    name = "SQ01/UNDLM_00004/SQ01_UNDLM_00004_v001.mov"
    target = studio.path(name)
    content = os.urandom(8 * 1000)
    with target.open("wb", buffering=0) as file:
        for part in range(8):
            file.write(content[part * 1000 : (part + 1) * 1000])
            await asyncio.sleep(0.3)
            assert await studio.assets_named(name) == []
    (asset,) = await studio.delivered(name)
    assert asset["sha256"] == sha256(content)
    assert len(await studio.assets_named(name)) == 1


async def test_a_file_renamed_into_place_is_sent_once(studio: Studio) -> None:
    name = "SQ01/UNDLM_00005/SQ01_UNDLM_00005_v001.mov"
    target = studio.path(name)
    hidden = target.with_name(target.name + ".tmp")
    hidden.write_bytes(os.urandom(3000))
    await asyncio.sleep(1.0)
    hidden.rename(target)
    await studio.delivered(name)
    await studio.settled()
    assert len(await studio.assets_named(name)) == 1


async def test_a_file_moved_within_its_route_is_not_sent_again(studio: Studio) -> None:
    name = "monday/UNDLM_00412_v002.mov"
    first = studio.export(name, os.urandom(3000))
    await studio.delivered(name)
    await studio.settled()
    first.rename(studio.path("tuesday/UNDLM_00412_v002.mov"))
    await studio.settled()
    assert len(await studio.assets_named(name)) == 1
    assert len(await studio.cards_of(name)) == 1


async def test_an_overwritten_file_is_a_second_asset(studio: Studio) -> None:
    name = "SQ02/UNDLM_00031/SQ02_UNDLM_00031_v001.mov"
    studio.export(name, b"first" * 500)
    await studio.delivered(name)
    studio.export(name, b"second" * 600)
    first, second = await studio.delivered(name, count=2)
    assert (first["sha256"], second["sha256"]) == (sha256(b"first" * 500), sha256(b"second" * 600))


async def test_a_name_that_fits_nothing_goes_to_the_inbox_with_the_reason(studio: Studio) -> None:
    name = "lunch.mov"
    studio.export(name, os.urandom(2000))
    (asset,) = await studio.delivered(name)
    assert asset["folder"] == "INBOX"
    (card,) = await studio.cards_of(name)
    assert "inbox" in str(card["embeds"]).lower()


async def test_a_shot_with_too_few_digits_is_rejected_with_what_would_be_right(studio: Studio) -> None:
    studio.export("SQ01/UNDLM_3/SQ01_UNDLM_3_v001.mov", os.urandom(2000))

    async def told() -> bool:
        cards = await studio.cards_of("SQ01_UNDLM_3_v001.mov")
        return any("SQ01/UNDLM_00003/" in words(str(card["embeds"])) for card in cards)

    assert await eventually(told, "the card says what would be right")
    assert await studio.assets_named("SQ01_UNDLM_3_v001.mov") == []


def _roots(spans: list[dict[str, str]]) -> list[dict[str, str]]:
    return [span for span in spans if not span["parent_span_id"]]


def _trace_id(card: str) -> str:
    return card.split("/trace/", 1)[1][:32]
