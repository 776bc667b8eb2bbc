"""Who may act on a delivery."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.books import DeliveryRecord, Stage
from uploader.claim import Claim, Standing, standing

claims = st.builds(Claim, *(st.integers(1, 3),) * 4)


@pytest.mark.parametrize(
    ("mine", "recorded", "expected"),
    [
        pytest.param(Claim(1, 1, 5, 1), None, Standing.HOLDS, id="first"),
        pytest.param(Claim(1, 1, 5, 2), Claim(1, 1, 5, 1), Standing.HOLDS, id="redelivered"),
        pytest.param(Claim(1, 1, 9, 1), Claim(1, 1, 5, 3), Standing.HOLDS, id="scheduled-retry"),
        pytest.param(Claim(1, 2, 9, 1), Claim(1, 1, 12, 3), Standing.HOLDS, id="another-address"),
        pytest.param(Claim(2, 1, 9, 1), Claim(1, 7, 12, 3), Standing.HOLDS, id="another-attempt"),
        pytest.param(Claim(1, 1, 5, 1), Claim(1, 1, 5, 1), Standing.LOST, id="the-very-same"),
        pytest.param(Claim(1, 1, 5, 1), Claim(1, 1, 5, 2), Standing.LOST, id="woke-up-late"),
        pytest.param(Claim(1, 1, 5, 4), Claim(1, 1, 9, 1), Standing.OBSOLETE, id="its-retry-carries-on"),
        pytest.param(Claim(1, 1, 5, 4), Claim(1, 2, 3, 1), Standing.OBSOLETE, id="its-address-is-old"),
        pytest.param(Claim(1, 9, 9, 9), Claim(2, 1, 1, 1), Standing.OBSOLETE, id="its-attempt-is-old"),
    ],
)
def test_the_latest_claim_holds(mine: Claim, recorded: Claim | None, expected: Standing) -> None:
    assert standing(mine, recorded) is expected


@given(claims, claims)
def test_of_two_claims_at_most_one_holds_over_the_other(one: Claim, other: Claim) -> None:
    holds = [standing(one, other), standing(other, one)].count(Standing.HOLDS)
    assert holds == (0 if one == other else 1)


def test_a_new_attempt_starts_afresh() -> None:
    old = DeliveryRecord.fresh(Claim(1, 2, 3, 4)).model_copy(update={"sends": 2, "stage": Stage.ENDED})
    assert old.claimed_by(Claim(2, 1, 9, 1)) == DeliveryRecord.fresh(Claim(2, 1, 9, 1))


def test_another_address_goes_on_with_the_same_attempt_and_its_count() -> None:
    old = DeliveryRecord.fresh(Claim(1, 1, 3, 1)).model_copy(update={"sends": 1, "stage": Stage.STALE})
    new = old.claimed_by(Claim(1, 2, 9, 1))
    assert (new.stage, new.sends) == (Stage.CLAIMED, 1)


def test_a_redelivery_of_a_stale_exposure_stays_stale() -> None:
    old = DeliveryRecord.fresh(Claim(1, 1, 3, 1)).model_copy(update={"stage": Stage.STALE})
    assert old.claimed_by(Claim(1, 1, 3, 2)).stage is Stage.STALE
