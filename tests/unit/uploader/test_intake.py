"""Whether the account takes new files."""

from uploader.frameio.errors import AccountBlocked, NotFound
from uploader.frameio.intake import BELIEVED_S, Intake


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_refusal_is_told_until_something_is_taken_again() -> None:
    intake = Intake(clock=Clock())
    intake.answered(AccountBlocked("Frame.io answered 403: the storage is full", 300.0), writes=True)
    assert "the storage is full" in intake.check().detail
    assert intake.check().what_to_do
    intake.answered(None, writes=False)
    intake.answered(NotFound("gone"), writes=True)
    assert not intake.check().ok
    intake.answered(None, writes=True)
    assert intake.check().ok


def test_it_claims_nothing_of_an_account_that_was_given_nothing_yet() -> None:
    intake = Intake(clock=Clock())
    assert intake.check().ok
    assert intake.check().detail == "not asked yet"
    intake.answered(None, writes=False)
    assert intake.check().detail == "not asked yet"
    intake.answered(None, writes=True)
    assert intake.check().detail == "takes new files"


def test_a_refusal_that_nobody_meets_any_more_is_forgotten() -> None:
    clock = Clock()
    intake = Intake(clock=clock)
    intake.answered(AccountBlocked("full", 300.0), writes=True)
    clock.now += BELIEVED_S + 1
    assert intake.check().ok
