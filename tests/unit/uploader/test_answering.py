"""Whether Frame.io answers, as its latest answers say."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from postflow.errors import PostFlowError
from uploader.frameio.answering import BELIEVED, PROBE_AFTER, Answering
from uploader.frameio.errors import FrameioUnavailable, NotFound, OutcomeUnknown

POST, LIST = "POST remote_upload", "GET files_of_folder"


class Calls:
    """Calls as the client makes them, with time in the test's hands."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
        self.answering = Answering(now=lambda: self.at)

    def ends(self, call: str, error: PostFlowError | None = None, *, status: int = 200, after_s: float = 1.0) -> None:
        """It is answered, and that is what the answer means."""
        self.at += timedelta(seconds=after_s)
        with suppress(PostFlowError), self.answering.reading(call, status):
            if error is not None:
                raise error

    def is_not_answered(self, call: str, error: Exception, *, after_s: float = 1.0) -> PostFlowError:
        self.at += timedelta(seconds=after_s)
        with pytest.raises(PostFlowError) as raised, self.answering.sending(call, writes=call == POST):
            raise error
        return raised.value

    def fails(self, call: str, *, times: int = 1, after_s: float = 1.0) -> None:
        for _ in range(times):
            self.ends(call, FrameioUnavailable(f"Frame.io answered 503 to {call}", 30.0), status=503, after_s=after_s)

    def is_doubtful(self) -> bool:
        return self.answering.is_doubtful

    @property
    def says(self) -> str:
        check = self.answering.check()
        return check.detail if check else ""


@pytest.fixture
def calls() -> Calls:
    return Calls()


def test_one_that_fails_is_no_news_and_two_in_a_row_are(calls: Calls) -> None:
    calls.fails(POST)
    assert calls.says == ""
    calls.fails(POST, after_s=60)
    assert calls.says == "Frame.io has not answered as it should since 12:30 UTC: Frame.io answered 503 to " + POST
    check = calls.answering.check()
    assert check is not None
    assert "go on by themselves" in check.what_to_do


def test_it_is_over_with_the_first_success(calls: Calls) -> None:
    calls.fails(POST, times=100, after_s=36)
    assert "since 12:30 UTC" in calls.says
    calls.ends(POST)
    assert calls.says == ""
    calls.fails(POST)
    assert calls.says == "", "that is one failure"


def test_it_may_be_down_for_some_calls_only(calls: Calls) -> None:
    for _ in range(30):
        calls.fails(POST, after_s=60)
        calls.ends(LIST)
    assert POST in calls.says


def test_what_nobody_calls_any_more_is_not_believed_for_ever(calls: Calls) -> None:
    calls.fails(POST, times=2)
    calls.ends(LIST, after_s=BELIEVED.total_seconds() - 10)
    assert calls.says
    calls.ends(LIST, after_s=10)
    assert calls.says == ""


def test_while_nothing_is_answered_at_all_it_stands(calls: Calls) -> None:
    calls.fails(POST, times=2)
    calls.at += BELIEVED * 10
    assert calls.says


@pytest.mark.parametrize(
    ("error", "said", "kind"),
    [
        pytest.param(httpx.ConnectError(""), "cannot be reached", FrameioUnavailable, id="no-connection"),
        pytest.param(httpx.ReadTimeout(""), "did not answer", OutcomeUnknown, id="no-answer"),
        pytest.param(TimeoutError(), "did not answer", OutcomeUnknown, id="too-late"),
        pytest.param(httpx.RemoteProtocolError(""), "did not answer", OutcomeUnknown, id="cut"),
    ],
)
def test_silence_is_as_good_as_an_error(calls: Calls, error: Exception, said: str, kind: type[PostFlowError]) -> None:
    assert type(calls.is_not_answered(POST, error)) is kind
    calls.is_not_answered(POST, error)
    assert said in calls.says


def test_who_cannot_be_reached_is_back_with_any_answer(calls: Calls) -> None:
    calls.is_not_answered(POST, httpx.ConnectError(""))
    calls.is_not_answered(LIST, httpx.ConnectTimeout(""))
    assert "cannot be reached" in calls.says
    calls.ends("GET discovery", NotFound("it answered 404"), status=404)
    assert calls.says == ""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(NotFound("it answered 404"), 404, id="not-there"),
        pytest.param(OutcomeUnknown("it answered 409"), 409, id="the-name-is-taken"),
    ],
)
def test_a_definite_no_is_an_answer(calls: Calls, error: PostFlowError, status: int) -> None:
    for _ in range(5):
        calls.ends(POST, error, status=status)
    assert calls.says == ""


def test_it_is_worth_a_call_when_nobody_else_calls_after_a_failure(calls: Calls) -> None:
    assert not calls.is_doubtful()
    calls.fails(POST)
    assert not calls.is_doubtful()
    calls.at += PROBE_AFTER
    assert calls.is_doubtful()
    calls.fails("GET discovery")
    assert not calls.is_doubtful(), "it has just been made"
    calls.at += PROBE_AFTER
    calls.ends("GET discovery")
    assert not calls.is_doubtful(), "it is answered; whether the POST is shows when it is made again"
