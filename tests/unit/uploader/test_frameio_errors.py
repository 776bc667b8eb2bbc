"""Frame.io's answers as our errors: every row of the table."""

import pytest

from postflow.errors import NotYet, PermanentError, RetryableError
from uploader.frameio.errors import (
    BLOCKED_RETRY_S,
    AccountBlocked,
    Forbidden,
    FrameioUnavailable,
    NameConflict,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TokenRefused,
    error_for,
)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_no_error(status: int) -> None:
    assert error_for(status, "", call="GET file") is None


@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (400, Refused, Refused),
        (401, TokenRefused, TokenRefused),
        (403, Forbidden, Forbidden),
        (404, NotFound, NotFound),
        (409, FrameioUnavailable, NameConflict),
        (422, Refused, Refused),
        (429, RateLimited, RateLimited),
        (500, FrameioUnavailable, OutcomeUnknown),
        (502, FrameioUnavailable, OutcomeUnknown),
        (503, FrameioUnavailable, OutcomeUnknown),
        (302, FrameioUnavailable, OutcomeUnknown),
        (307, FrameioUnavailable, OutcomeUnknown),
        (408, FrameioUnavailable, OutcomeUnknown),
        (410, Refused, Refused),
    ],
)
def test_each_answer_has_one_meaning(status: int, reading: type[Exception], writing: type[Exception]) -> None:
    assert type(error_for(status, "why", call="GET file")) is reading
    assert type(error_for(status, "why", call="POST remote_upload", writes=True)) is writing


def test_a_door_that_somebody_in_between_keeps_shut_says_nothing_of_the_file() -> None:
    """A proxy or a bot protection, with a page of its own."""
    assert type(error_for(403, "", call="GET file")) is FrameioUnavailable
    assert type(error_for(403, "", call="POST remote_upload", writes=True)) is OutcomeUnknown


def test_it_says_what_we_tried_and_what_frameio_said() -> None:
    error = error_for(422, "Unexpected field: foo (/data/foo)", call="POST remote_upload")
    assert str(error) == "Frame.io answered 422 to POST remote_upload: Unexpected field: foo (/data/foo)"


def test_an_empty_bucket_is_waited_for_as_long_as_it_says() -> None:
    error = error_for(429, "", call="GET file", pause_s=7.0)
    assert isinstance(error, RetryableError)
    assert error.retry_after_s == 7.0


def test_a_refused_token_burns_no_try() -> None:
    assert isinstance(error_for(401, "", call="GET file"), NotYet)


@pytest.mark.parametrize("status", [400, 403, 422])
def test_what_a_person_must_mend_says_what_to_do(status: int) -> None:
    error = error_for(status, "Forbidden", call="GET file")
    assert isinstance(error, PermanentError)
    assert error.what_to_do


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (402, ""),
        (403, "Your storage is full"),
        (403, "Account is locked"),
        (422, "Storage quota exceeded (/data)"),
        (403, "Not included in your plan."),
    ],
)
def test_an_account_that_takes_nothing_new_makes_files_wait_and_burns_no_try(status: int, detail: str) -> None:
    error = error_for(status, detail, call="POST remote_upload", writes=True)
    assert isinstance(error, AccountBlocked)
    assert error.retry_after_s == BLOCKED_RETRY_S


@pytest.mark.parametrize("detail", ["name 'storage_room_plan.mov' is invalid", "Forbidden", "name is too long"])
def test_what_only_concerns_the_file_is_no_trouble_of_the_account(detail: str) -> None:
    assert isinstance(error_for(422, detail, call="POST remote_upload", writes=True), Refused)
