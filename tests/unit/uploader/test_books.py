"""What one attempt hands on to the next, and what a place is called."""

import pytest

from postflow.messages import FileDelivered
from tests.examples import AT, delivered, destination, failed
from uploader.books import DeliveryRecord, Doubt, Ending, Intent, Posted, Stage, place_key
from uploader.claim import Claim

INTENT = Intent(folder_id="f", name="n", at=AT, send_deadline=AT, attempt=1, exposure=1)
POSTED = Posted(asset_id="a1", project_id="p", folder_id="f", view_url="", at=AT, attempt=1, exposure=1)
DOUBT = Doubt(folder_id="f", name="n", since=AT, until=AT)
NEXT = Claim(2, 1, 9, 1)


def record(**changed: object) -> DeliveryRecord:
    return DeliveryRecord.fresh(Claim(1, 1, 3, 4)).model_copy(update=changed)


def test_an_unfinished_attempt_hands_on_what_it_may_have_left_in_frameio() -> None:
    following = record(intent=INTENT, doubt=DOUBT, sends=2, place="place.x").claimed_by(NEXT)
    assert (following.intent, following.doubt, following.place) == (INTENT, DOUBT, "place.x")
    assert (following.stage, following.sends) == (Stage.CLAIMED, 0)


def test_what_an_earlier_attempt_posted_is_not_of_the_new_address() -> None:
    following = record(stage=Stage.POSTED, posted=POSTED).claimed_by(NEXT)
    assert following.posted == POSTED
    assert not POSTED.is_fetched_from(following.claim)
    assert POSTED.is_fetched_from(Claim(1, 1, 7, 7))


def test_an_attempt_that_failed_hands_on_the_asset_that_it_may_have_left() -> None:
    ended = record(stage=Stage.TOLD, posted=POSTED, ending=Ending.of(failed()))
    following = ended.claimed_by(NEXT)
    assert (following.posted, following.ending) == (POSTED, None)


@pytest.mark.parametrize("stage", [Stage.TOLD, Stage.PLAYABLE])
def test_an_attempt_that_a_person_wants_after_a_delivery_starts_afresh(stage: Stage) -> None:
    ended = record(stage=stage, posted=POSTED, ending=Ending.of(delivered()))
    assert ended.claimed_by(NEXT, again=True) == DeliveryRecord.fresh(NEXT)


@pytest.mark.parametrize("stage", [Stage.ENDED, Stage.TOLD, Stage.PLAYABLE])
def test_an_attempt_after_a_delivery_that_nobody_wants_twice_tells_it_as_its_own(stage: Stage) -> None:
    ended = record(stage=stage, posted=POSTED, place="place.x", ending=Ending.of(delivered()))
    following = ended.claimed_by(NEXT)
    assert (following.stage, following.posted, following.place) == (Stage.ENDED, POSTED, "place.x")
    assert following.ending is not None
    told = following.ending.message()
    assert isinstance(told, FileDelivered)
    assert (told.attempt, told.exposure, told.asset_id) == (2, 1, delivered().asset_id)


def test_a_project_is_one_place_be_it_named_or_numbered() -> None:
    by_name, by_id = destination(project="UNDLM"), destination(project="5a1c")
    assert place_key("5a1c", by_name) == place_key("5a1c", by_id)
    assert place_key("5a1c", by_name) != place_key("77ff", by_name)


def test_two_spellings_of_a_name_are_one_place() -> None:
    assert place_key("p", destination(name="e\u0301t\u00e9.mov")) == place_key(
        "p", destination(name="\u00e9te\u0301.mov")
    )
