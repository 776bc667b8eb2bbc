"""A Discord message is read as a person would see it."""

from typing import Any

from onehost.demo import card

ZERO_WIDTH = "\u200b"

MESSAGE: dict[str, Any] = {
    "id": "1",
    "content": "",
    "embeds": [
        {
            "title": r"Delivered\: SQ01\_UNDLM\_00003\_v001.mov",
            "description": "It is in Frame.io, complete and checked.",
            "color": 0x2E9E5B,
            "fields": [
                {"name": "From", "value": r"SQ01/SQ01\_UNDLM\_00003\_v001.mov"},
                {"name": "Trace", "value": "[every step of this file](http://127.0.0.1:1/trace/abc)"},
            ],
        }
    ],
    "components": [
        {"type": 1, "components": [{"type": 2, "label": "Open in Frame.io", "url": "http://127.0.0.1:2/a"}]}
    ],
    "deleted": False,
}


def test_shows_words_links_and_buttons() -> None:
    assert card.seen(MESSAGE) == card.Seen(
        title="Delivered: SQ01_UNDLM_00003_v001.mov",
        says="It is in Frame.io, complete and checked.",
        facts=(
            ("From", "SQ01/SQ01_UNDLM_00003_v001.mov"),
            ("Trace", "every step of this file: http://127.0.0.1:1/trace/abc"),
        ),
        colour=0x2E9E5B,
        buttons=(("Open in Frame.io", "http://127.0.0.1:2/a"),),
    )


def test_a_message_without_an_embed_is_its_text() -> None:
    assert card.seen({"content": f"Delivered, @{ZERO_WIDTH}everyone", "embeds": []}).says == "Delivered, @everyone"


def test_finds_the_card_by_the_trace_or_by_the_escaped_path() -> None:
    assert card.about([MESSAGE], "abc") is MESSAGE
    assert card.about([MESSAGE], "no such id", "SQ01/SQ01_UNDLM_00003_v001.mov") is MESSAGE
    assert card.about([MESSAGE], "no such id", "another.mov") is None


def test_takes_the_latest_that_is_still_there() -> None:
    later = MESSAGE | {"id": "2"}
    deleted = MESSAGE | {"id": "3", "deleted": True}
    assert card.about([MESSAGE, later, deleted], "abc") is later
