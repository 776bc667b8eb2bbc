"""For how long a token is used, when it is renewed, and when the login is lost."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from tests.examples import AT
from uploader.frameio.errors import TokenRefused
from uploader.frameio.lifetime import YOUNG_S, Access, days_left, due_at, lost_at


def lasting(lifetime: timedelta) -> Access:
    return Access(SecretStr("token"), AT, AT + lifetime)


@pytest.mark.parametrize(
    ("lifetime", "last_use"),
    [
        pytest.param(timedelta(days=1), timedelta(days=1) - timedelta(seconds=30), id="half-a-minute-early"),
        pytest.param(timedelta(seconds=10), timedelta(seconds=9), id="a-tenth-early-if-it-is-short"),
    ],
)
def test_a_token_is_not_used_in_its_last_moments(lifetime: timedelta, last_use: timedelta) -> None:
    access = lasting(lifetime)
    assert access.is_good(AT + last_use - timedelta(milliseconds=1))
    assert not access.is_good(AT + last_use)


def test_a_token_that_is_refused_when_young_is_not_bettered_by_another() -> None:
    access = lasting(timedelta(days=1))
    with pytest.raises(TokenRefused, match="issued just now") as refused:
        access.check_worth(AT + timedelta(seconds=YOUNG_S - 1), "Sign in.")
    assert refused.value.what_to_do == "Sign in."
    access.check_worth(AT + timedelta(seconds=YOUNG_S), "Sign in.")


def test_an_expired_token_may_be_refused_however_young() -> None:
    lasting(timedelta(seconds=2)).check_worth(AT + timedelta(seconds=2), "Sign in.")


@pytest.mark.parametrize(("hours", "due"), [(1, 0.5), (24, 12), (48, 24), (96, 24)])
def test_it_is_renewed_at_half_its_life_and_at_least_daily(hours: float, due: float) -> None:
    assert due_at(lasting(timedelta(hours=hours))) == AT + timedelta(hours=due)


def test_the_login_is_lost_two_weeks_after_it_was_renewed_last() -> None:
    access = lasting(timedelta(days=1))
    assert lost_at(access) == AT + timedelta(days=14)
    assert days_left(access, AT + timedelta(days=10, seconds=1)) == 3
