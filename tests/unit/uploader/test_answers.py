"""What is read of Frame.io's answers, whatever they hold."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.frameio import answers
from uploader.frameio.errors import FrameioUnavailable

ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["errors", "detail", "source", "pointer"]), inner, max_size=3)
    ),
    max_leaves=10,
)


def test_what_is_wrong_is_told_with_where_it_is() -> None:
    errors = [{"detail": "is taken", "source": {"pointer": "/data/name"}}, {"detail": "no such project"}]
    assert answers.detail(httpx.Response(422, json={"errors": errors})) == "is taken (/data/name); no such project"


@given(ANY_JSON)
def test_no_answer_is_too_odd_to_be_read_for_what_is_wrong(answer: Any) -> None:
    assert isinstance(answers.detail(httpx.Response(422, json=answer)), str)
    assert isinstance(answers.detail(httpx.Response(422, json={"errors": answer})), str)


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        pytest.param({"retry-after": "7"}, 7.0, id="told"),
        pytest.param({"retry-after": "-7"}, 0.0, id="told-the-past"),
        pytest.param({"x-ratelimit-window": "60000", "x-ratelimit-limit": "10"}, 6.0, id="window-over-limit"),
        pytest.param({"x-ratelimit-window": "60000", "x-ratelimit-limit": "600"}, 1.0, id="a-second-at-least"),
        pytest.param({}, None, id="nothing"),
        pytest.param({"retry-after": "Sat, 21 Nov 2026 12:00:00 GMT"}, None, id="a-date"),
        pytest.param({"retry-after": "nan"}, None, id="no-number"),
        pytest.param({"retry-after": "inf"}, None, id="without-end"),
        pytest.param({"x-ratelimit-window": "60000", "x-ratelimit-limit": "0"}, None, id="no-limit"),
        pytest.param({"x-ratelimit-window": "inf", "x-ratelimit-limit": "10"}, None, id="a-window-without-end"),
    ],
)
def test_a_pause_is_a_number_of_seconds_or_unknown(headers: dict[str, str], pause_s: float | None) -> None:
    assert answers.pause_s(httpx.Headers(headers)) == pause_s


@pytest.mark.parametrize("status", [200, 503])
def test_an_answer_nested_without_end_is_none(status: int) -> None:
    response = httpx.Response(status, content=b"[" * 200_000)
    assert answers.detail(response) == ""
    with pytest.raises(FrameioUnavailable):
        answers.body(response, "GET discovery", writes=False)
