"""Every message that people should hear of becomes a card in words."""

from datetime import timedelta

import pytest

from notifier.card import Card, State, Wish
from notifier.cards import wish_for
from postflow.messages import Message
from tests.examples import AT, PATH, delivered, destination, exposed, failed, ready
from tests.unit.notifier.examples import condition, parked, playable, rejected, superseded, waiting


def wish(message: Message) -> Wish:
    found = wish_for(message, jaeger_url="http://jaeger:16686")
    assert found is not None
    return found


def words(card: Card) -> dict[str, str]:
    return {line.label: line.text for line in card.lines}


def test_a_delivered_file_is_told_with_all_that_people_ask_for() -> None:
    message = delivered(at=AT + timedelta(seconds=84), size_bytes=1_234_567_890)
    found = wish(message)
    assert (found.key, found.channel, found.opens) == (message.file_id, "default", True)
    assert found.card.title == "Delivered: SQ01_UNDLM_00003_v001.mov"
    assert found.card.says == "It is in Frame.io, complete and checked."
    assert words(found.card) == {
        "Show": "undlm",
        "Version": "v001",
        "Size": "1.2 GB",
        "Route": "shots",
        "In Frame.io": "UNDLM / WIP_BYSHOT / SC01_SEQ_INTRO",
        "From": PATH,
        "Took": "1 min 24 s from the last change of the file",
    }
    assert found.card.link == message.view_url
    assert found.card.trace == f"http://jaeger:16686/trace/{message.file_id}"


def test_who_wrote_a_file_is_told_if_it_is_known() -> None:
    by_ada = {"written_by": "Ada"}
    assert {words(wish(message).card)["Written by"] for message in (delivered(**by_ada), failed(**by_ada))} == {"Ada"}
    assert words(wish(rejected().model_copy(update=by_ada)).card)["Written by"] == "Ada"
    assert "Written by" not in words(wish(delivered()).card)


def test_a_file_in_the_inbox_says_why_it_is_there() -> None:
    reason = "no pattern of the show fits its name"
    says = wish(delivered(destination=destination(inbox_reason=reason))).card.says
    assert "No pattern of the show fits its name." in says
    assert "inbox" in says


def test_a_failed_file_says_why_and_what_to_do() -> None:
    card = wish(failed(attempt=2)).card
    assert card.title == "Not delivered: SQ01_UNDLM_00003_v001.mov"
    assert card.says == "It said no."
    assert words(card)["What to do"] == "Ask it why."
    assert words(card)["Code"] == "FRAMEIO_REFUSED (uploader)"
    assert words(card)["From"] == PATH
    assert words(card)["Attempt"] == "2"


def test_a_rejected_file_says_what_would_be_right() -> None:
    card = wish(rejected()).card
    assert card.says == "The name has no version."
    assert words(card)["What would be right"] == "SQ01_UNDLM_00003_v001.mov"
    assert words(card)["From"] == PATH


def test_a_waiting_file_says_what_it_waits_for() -> None:
    card = wish(waiting()).card
    assert words(card)["Waits for"] == "the upload from another machine"
    assert words(card)["Waited"] == "12 min 0 s since its last change"
    assert "What to do" not in words(card)
    assert words(wish(waiting(what_to_do="Export it anew.")).card)["What to do"] == "Export it anew."


def test_a_playable_file_leads_to_where_it_can_be_watched() -> None:
    card = wish(playable()).card
    assert (card.state, card.link) == (State.PLAYABLE, "https://next.frame.io/project/p1/view/a1")


def test_a_superseded_file_has_no_card_of_its_own() -> None:
    assert not wish(superseded()).opens


@pytest.mark.parametrize("message", [ready(), exposed()], ids=["ready", "exposed"])
def test_nothing_is_said_of_what_is_on_its_way(message: Message) -> None:
    assert wish_for(message) is None


def test_a_parked_message_says_who_could_not_handle_it() -> None:
    found = wish(parked())
    assert found.key == "parked.watcher.7"
    assert found.card.title == "Put aside by watcher: a message it could not handle"
    assert words(found.card)["What to do"] == "Update every service."
    assert words(found.card)["Commands"] == "postflow parked 7; once mended, with --retry"


@pytest.mark.parametrize(
    ("changed", "is_told"),
    [
        pytest.param({"durable": "notifier"}, False, id="our-own"),
        pytest.param({"durable": "uploader", "code": "DEFECT"}, False, id="told-by-failed"),
        pytest.param({"durable": "uploader"}, True, id="unreadable-so-nobody-says-failed"),
        pytest.param({"durable": "fileserver-revoke", "code": "DEFECT"}, True, id="carries-no-file"),
    ],
)
def test_a_parked_message_is_told_once_and_never_our_own(changed: dict[str, object], is_told: bool) -> None:
    assert (wish_for(parked(**changed)) is not None) is is_told


def test_trouble_is_told_with_what_to_do_and_ended_with_an_edit() -> None:
    raised, cleared = wish(condition()), wish(condition("cleared"))
    assert raised.key == cleared.key == "condition.tunnel-down"
    assert cleared.opens, "whoever was not told of it learns that it was"
    assert raised.card.says == "Look at cloudflared."


def test_trouble_that_is_over_says_how_long_it_lasted() -> None:
    cleared = wish(condition("cleared", at=AT + timedelta(minutes=12, seconds=3)))
    assert cleared.card.says == "It lasted 12 min 3 s. Nothing to do any more."


def test_trouble_that_is_still_there_is_no_other_card() -> None:
    assert wish(condition()).card == wish(condition(at=AT + timedelta(minutes=5))).card


def test_without_jaeger_there_is_no_link_to_a_trace() -> None:
    found = wish_for(delivered())
    assert found is not None
    assert found.card.trace is None
