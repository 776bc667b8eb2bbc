"""Whether a request wants an answer at all: the conditions of RFC 9110, section 13, in their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fileserver.preconditions import Conditions, answered_by
from fileserver.replies import Reply, reply
from tests.unit.fileserver.examples import exposure

ETAG = f'"{exposure().file_id}"'
BEFORE, SAME, AFTER = (f"Tue, 14 Nov 2023 22:13:{second} GMT" for second in (19, 20, 21))


def asked(method: str = "GET", asked_range: str | None = None, if_range: str | None = None, **said: str) -> Reply:
    conditions = Conditions(**said)
    return reply(exposure(), method=method, asked_range=asked_range, if_range=if_range, conditions=conditions)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param({}, 200, id="nothing"),
        pytest.param({"if_match": ETAG}, 200, id="match"),
        pytest.param({"if_match": "*"}, 200, id="match anything"),
        pytest.param({"if_match": f'"a", {ETAG}'}, 200, id="match one of two"),
        pytest.param({"if_match": f'"a,b" , {ETAG},'}, 200, id="match behind a comma in a tag"),
        pytest.param({"if_match": '"a"'}, 412, id="match another"),
        pytest.param({"if_match": f"W/{ETAG}"}, 412, id="match compares strongly"),
        pytest.param({"if_match": ""}, 412, id="match nothing"),
        pytest.param({"if_match": ETAG.strip('"')}, 412, id="match without quotes"),
        pytest.param({"if_unmodified_since": BEFORE}, 412, id="modified since"),
        pytest.param({"if_unmodified_since": SAME}, 200, id="unmodified since then"),
        pytest.param({"if_unmodified_since": AFTER}, 200, id="unmodified since later"),
        pytest.param({"if_unmodified_since": "yesterday"}, 200, id="unmodified since no date"),
        pytest.param({"if_unmodified_since": f"{BEFORE}, {BEFORE}"}, 200, id="unmodified since two dates"),
        pytest.param({"if_match": ETAG, "if_unmodified_since": BEFORE}, 200, id="match goes before unmodified"),
        pytest.param({"if_match": '"a"', "if_none_match": ETAG}, 412, id="match goes before none-match"),
        pytest.param({"if_match": ETAG, "if_none_match": ETAG}, 304, id="none-match comes after match"),
        pytest.param({"if_none_match": ETAG}, 304, id="none-match"),
        pytest.param({"if_none_match": f"W/{ETAG}"}, 304, id="none-match compares weakly"),
        pytest.param({"if_none_match": "*"}, 304, id="none-match anything"),
        pytest.param({"if_none_match": f'"a", W/{ETAG}'}, 304, id="none-match one of two"),
        pytest.param({"if_none_match": '"a"'}, 200, id="none-match another"),
        pytest.param({"if_none_match": '"a"', "if_modified_since": SAME}, 200, id="none-match goes before modified"),
        pytest.param({"if_modified_since": BEFORE}, 200, id="modified since then"),
        pytest.param({"if_modified_since": SAME}, 304, id="not modified since"),
        pytest.param({"if_modified_since": "Tuesday, 14-Nov-23 22:13:20 GMT"}, 304, id="the date of RFC 850"),
        pytest.param({"if_modified_since": "Tue Nov 14 22:13:20 2023"}, 304, id="the date of asctime"),
        pytest.param({"if_modified_since": "Tue, 99 Nov 2023 22:13:20 GMT"}, 200, id="no such day"),
        pytest.param({"if_modified_since": SAME, "if_unmodified_since": BEFORE}, 412, id="unmodified goes first"),
    ],
)
def test_what_is_known_already_decides(method: str, said: dict[str, str], status: int) -> None:
    assert asked(method, **said).status == status


def test_a_range_comes_last() -> None:
    assert asked(asked_range="bytes=0-9", if_none_match=ETAG).status == 304
    assert asked(asked_range="bytes=0-9", if_match='"a"').status == 412
    assert asked(asked_range="bytes=9999-", if_match='"a"').status == 412
    assert asked(asked_range="bytes=0-9", if_match=ETAG).status == 206
    assert asked(asked_range="bytes=9999-", if_match=ETAG).status == 416
    assert asked(asked_range="bytes=0-9", if_match=ETAG, if_range='"a"').status == 200


def test_what_is_known_already_is_named_and_has_no_body() -> None:
    known = asked(if_none_match=ETAG)
    assert (known.length, known.has_body, dict(known.headers)["ETag"]) == (0, False, ETAG)
    assert dict(known.headers)["Cache-Control"] == "private, no-store, no-transform"
    assert "Content-Length" not in dict(known.headers)


def test_what_failed_says_nothing_of_the_file() -> None:
    failed = asked(if_match='"a"')
    assert (failed.length, failed.has_body, dict(failed.headers)["Content-Length"]) == (0, False, "0")
    assert "ETag" not in dict(failed.headers)


words = st.none() | st.text(st.characters(max_codepoint=0xFF), max_size=60) | st.sampled_from((ETAG, "*", SAME))


@given(st.builds(Conditions, words, words, words, words))
def test_no_words_break_it(said: Conditions) -> None:
    status = answered_by(said, etag=ETAG, modified_s=1_700_000_000)
    assert status in (None, 304, 412)
    if status == 412:
        assert (said.if_match, said.if_unmodified_since) != (None, None)
    if status == 304:
        assert (said.if_none_match, said.if_modified_since) != (None, None)
