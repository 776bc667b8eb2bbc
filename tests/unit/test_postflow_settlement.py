"""How a message ends, by how its handler ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postflow.errors import (
    BusUnavailable,
    ClaimLost,
    MalformedMessage,
    NotYet,
    PermanentError,
    RecordConflict,
    RetryableError,
)
from postflow.settlement import (
    DEFECT_LIMIT,
    LONGEST_NAK_S,
    Ack,
    Later,
    LetGo,
    Park,
    Redeliver,
    Settlement,
    backoff_s,
    decide,
)

REFUSED = PermanentError("Frame.io said no", code="FRAMEIO_REFUSED", what_to_do="Ask it why.")


@pytest.mark.parametrize(
    ("error", "deliveries", "settlement"),
    [
        pytest.param(None, 1, Ack(), id="handled"),
        pytest.param(None, 1000, Ack(), id="handled-at-last"),
        pytest.param(ClaimLost(), 1, LetGo(), id="somebody-else-holds-it"),
        pytest.param(REFUSED, 1, Park("FRAMEIO_REFUSED", "Frame.io said no", "Ask it why."), id="permanent"),
        pytest.param(RetryableError("no"), 1, Redeliver(1), id="first-retry"),
        pytest.param(RetryableError("no"), 2, Redeliver(2), id="second-retry"),
        pytest.param(RetryableError("no"), 5, Redeliver(16), id="longest-own-retry-by-nak"),
        pytest.param(RetryableError("no"), 6, Later(32), id="longer-retry-goes-by-schedule"),
        pytest.param(RetryableError("no"), 1000, Later(300), id="retried-without-end"),
        pytest.param(RetryableError("no", 0), 9, Redeliver(0), id="told-to-come-at-once"),
        pytest.param(RetryableError("no", 30), 9, Redeliver(30), id="told-to-wait"),
        pytest.param(RetryableError("no", 30.5), 1, Later(30.5), id="told-to-wait-long"),
        pytest.param(NotYet("wait", 3600), 500, Later(3600), id="not-yet-burns-no-try"),
        pytest.param(BusUnavailable("gone"), 1, Redeliver(1), id="the-bus-is-away"),
        pytest.param(ValueError("x"), 1, Redeliver(1), id="unforeseen"),
        pytest.param(RecordConflict("k"), 2, Redeliver(2), id="a-conflict-the-handler-did-not-mind"),
        pytest.param(TimeoutError(), DEFECT_LIMIT - 1, Later(64), id="last-try-of-the-unforeseen"),
    ],
)
def test_an_end_of_a_handler_is_an_end_of_its_message(
    error: Exception | None, deliveries: int, settlement: Settlement
) -> None:
    assert decide(error, deliveries, defects=deliveries) == settlement


def test_a_message_that_cannot_be_read_is_parked_with_what_to_do() -> None:
    settlement = decide(MalformedMessage("FileReady: path: Field required"), 1, defects=0)
    assert isinstance(settlement, Park)
    assert settlement.code == "MALFORMED_MESSAGE"
    assert settlement.why == "FileReady: path: Field required"
    assert settlement.what_to_do


def test_what_is_unforeseen_is_parked_at_the_limit_without_its_text() -> None:
    settlement = decide(ValueError("https://film.example/x/a/1/k/s"), 1, defects=DEFECT_LIMIT)
    assert isinstance(settlement, Park)
    assert settlement.code == "DEFECT"
    assert "ValueError" in settlement.why
    assert "film.example" not in settlement.why


@given(st.integers(min_value=-5, max_value=10_000))
def test_waits_grow_up_to_five_minutes(deliveries: int) -> None:
    assert 1 <= backoff_s(deliveries) <= backoff_s(deliveries + 1) <= 300


@given(st.floats(min_value=0, max_value=1e9), st.integers(min_value=1))
def test_a_wait_is_as_long_as_somebody_said_and_never_a_long_nak(wait_s: float, deliveries: int) -> None:
    settlement = decide(RetryableError("no", wait_s), deliveries, defects=0)
    assert isinstance(settlement, Redeliver | Later)
    assert settlement.delay_s == wait_s
    assert isinstance(settlement, Redeliver) == (wait_s <= LONGEST_NAK_S)
