"""What LucidLink's word about a file is worth."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.watcher.examples import look
from watcher.uploads import APART_S, ASKED, CLEAR_ONCE, LASTS_S, UPLOADING, Heard, Word, understood


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        pytest.param(
            {"files": [{"id": "2955:1", "remoteUpload": "yes"}]}, Word.UPLOADING, id="another-machine-uploads"
        ),
        pytest.param({"files": [{"id": "2955:1", "remoteUpload": "no"}]}, Word.CLEAR, id="nobody-uploads"),
        pytest.param({"files": [{"id": "2955:1", "remoteUpload": "stuck"}]}, Word.CLEAR, id="a-word-nobody-knows"),
        pytest.param({"files": [{"id": "2955:1", "remoteUpload": True}]}, Word.CLEAR, id="another-kind-of-value"),
        pytest.param({"files": [{"id": "2955:1"}]}, Word.CLEAR, id="no-flag"),
        pytest.param({"files": [None, {"remoteUpload": "yes"}]}, Word.UPLOADING, id="among-others"),
        pytest.param({"files": []}, Word.UNKNOWN, id="not-heard-of"),
        pytest.param({"files": ["a.mov"]}, Word.UNKNOWN, id="no-entry"),
        pytest.param({"files": {}}, None, id="no-list"),
        pytest.param({"error": "no such route"}, None, id="an-error"),
        pytest.param([], None, id="no-object"),
    ],
)
def test_an_answer_says(answer: object, word: Word | None) -> None:
    assert understood(json.dumps(answer).encode()) is word


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_no_answer(body: bytes) -> None:
    assert understood(body) is None


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    understood(body)


def hears(*words: tuple[Word, float], heard: Heard | None = None) -> Heard:
    heard = heard or Heard(look())
    for word, at_s in words:
        heard = heard.with_word(word, asked_s=at_s, answered_s=at_s)
    return heard


def test_it_takes_two_looks_that_are_far_enough_apart() -> None:
    once = hears((Word.CLEAR, 0))
    assert (once.is_over, once.why()) == (False, CLEAR_ONCE)
    assert not hears((Word.CLEAR, APART_S - 0.1), heard=once).is_over
    assert hears((Word.CLEAR, APART_S), heard=once).is_over


def test_time_counts_from_the_first_answer_to_the_second_question() -> None:
    once = Heard(look()).with_word(Word.CLEAR, asked_s=0, answered_s=8)
    assert not once.with_word(Word.CLEAR, asked_s=10, answered_s=20).is_over
    assert once.next_s(now_s=8) == 8 + APART_S


def test_an_upload_begins_it_anew() -> None:
    heard = hears((Word.CLEAR, 0), (Word.UPLOADING, 5), (Word.CLEAR, 10))
    assert not heard.is_over
    assert hears((Word.UPLOADING, 5)).why() == UPLOADING
    assert hears((Word.CLEAR, 15), heard=heard).is_over


def test_no_answer_holds_nothing_back() -> None:
    assert hears((Word.UNKNOWN, 0), (Word.UNKNOWN, 5)).is_over
    assert hears((Word.CLEAR, 0), (Word.UNKNOWN, 5)).is_over


def test_no_answer_does_not_end_an_upload_for_a_while() -> None:
    heard = hears((Word.UPLOADING, 0), (Word.UNKNOWN, 10), (Word.UNKNOWN, LASTS_S - 1))
    assert heard.why() == UPLOADING
    assert hears((Word.UNKNOWN, LASTS_S), (Word.UNKNOWN, LASTS_S + 5), heard=heard).is_over


def test_another_revision_proves_nothing_and_an_upload_goes_on() -> None:
    changed = look(size_bytes=200)
    assert hears((Word.CLEAR, 0)).about(changed).why() == ASKED
    assert hears((Word.UPLOADING, 0)).about(changed).why() == UPLOADING
    once = hears((Word.CLEAR, 0))
    assert once.about(once.look) is once
