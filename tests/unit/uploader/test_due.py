"""What the sweep does about a delivery that has not been heard of for long."""

import pytest

from tests.examples import AT
from uploader.books import DeliveryRecord, Doubt, Stage
from uploader.claim import Claim
from uploader.due import Seen, Step, step

RECORD = DeliveryRecord.fresh(Claim(1, 1, 100, 1))
RELEASED = RECORD.model_copy(update={"live": False})
STALE = RELEASED.model_copy(update={"stage": Stage.STALE})
TOLD = RELEASED.model_copy(update={"stage": Stage.TOLD})
DOUBTFUL = TOLD.model_copy(update={"doubt": Doubt(folder_id="f", name="n", since=AT, until=AT)})


def seen(**changed: object) -> Seen:
    told = {"carrier": 100, "scheduled": False, "floor": 200, "newest": 300}
    return Seen(**(told | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "what", "expected"),
    [
        pytest.param(RECORD, seen(), Step.TAKE_UP, id="its-message-is-settled"),
        pytest.param(RELEASED, seen(), Step.TAKE_UP, id="released-and-settled"),
        pytest.param(RECORD, seen(floor=99), Step.LEAVE, id="a-reader-has-it"),
        pytest.param(RELEASED, seen(floor=99), Step.TAKE_UP, id="released-long-ago-behind-a-long-delivery"),
        pytest.param(RELEASED, seen(scheduled=True), Step.LEAVE, id="scheduled"),
        pytest.param(RELEASED, seen(carrier=250), Step.LEAVE, id="a-later-message-comes"),
        pytest.param(RELEASED, seen(carrier=150), Step.TAKE_UP, id="a-later-message-was-settled-unclaimed"),
        pytest.param(RECORD, seen(carrier=None), Step.LOST, id="no-message-in-the-stream"),
        pytest.param(RECORD, seen(newest=99), Step.LOST, id="the-stream-is-older-than-the-ledger"),
        pytest.param(STALE, seen(asked=True), Step.LEAVE, id="the-fileserver-will-answer"),
        pytest.param(STALE, seen(), Step.ASK_AGAIN, id="the-fileserver-did-not-answer"),
        pytest.param(STALE, seen(carrier=250), Step.LEAVE, id="the-answer-comes"),
        pytest.param(STALE, seen(ended=True), Step.CLOSE, id="somebody-else-told-its-end"),
        pytest.param(RECORD, seen(ended=True), Step.TAKE_UP, id="what-may-have-left-an-asset-ends-by-itself"),
        pytest.param(RELEASED.model_copy(update={"stage": Stage.ENDED}), seen(), Step.TAKE_UP, id="ended-and-not-told"),
        pytest.param(TOLD, seen(), Step.LEAVE, id="told"),
        pytest.param(DOUBTFUL, seen(), Step.TAKE_UP, id="told-and-in-doubt"),
        pytest.param(DOUBTFUL, seen(scheduled=True), Step.LEAVE, id="told-and-looked-at-later"),
    ],
)
def test_only_what_no_message_brings_on_is_taken_up(record: DeliveryRecord, what: Seen, expected: Step) -> None:
    assert step(record, what) is expected
