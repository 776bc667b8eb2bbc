"""Every message can be read back, and nothing else can be read at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postflow.decoding import MESSAGES, decode
from postflow.errors import MalformedMessage
from postflow.messages import Message
from tests.examples import exposed, ready
from tests.unit.drawn_messages import ANY_MESSAGE, TEXT, messages


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_kind_can_be_read_back(kind: type[Message]) -> None:
    @given(messages(kind))
    def holds(message: Message) -> None:
        assert decode(message.subject, message.model_dump_json().encode()) == message

    holds()


@given(ANY_MESSAGE, st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed(message: Message, payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(message.subject, b"\xff" + payload)
    _read_or_malformed(message.subject, payload)


@given(ANY_MESSAGE, st.data())
def test_a_field_of_any_other_value_is_a_message_or_malformed(message: Message, data: st.DataObject) -> None:
    fields = json.loads(message.model_dump_json())
    values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | TEXT, st.lists, max_leaves=3)
    fields[data.draw(st.sampled_from(sorted(fields)))] = data.draw(values)
    _read_or_malformed(message.subject, json.dumps(fields).encode())


@given(st.text(), st.binary(max_size=20))
def test_a_subject_of_nothing_is_malformed(subject: str, payload: bytes) -> None:
    with pytest.raises(MalformedMessage, match="no message is published on"):
        decode(subject, payload)


def _read_or_malformed(subject: str, payload: bytes) -> None:
    try:
        message = decode(subject, payload)
    except MalformedMessage:
        return
    assert message.subject == subject


@pytest.mark.parametrize(
    "subject",
    [
        "postflow.file.ready.large." + ready().file_id,
        "postflow.file.ready.small." + "0" * 32,
    ],
)
def test_a_message_on_the_subject_of_another_is_malformed(subject: str) -> None:
    with pytest.raises(MalformedMessage, match="came on"):
        decode(subject, ready().model_dump_json().encode())


@pytest.mark.parametrize(
    "subject",
    [
        "postflow.file.ready.small",
        "postflow.file.ready.small.a.b",
        "postflow.file.ready.small." + ready().file_id + "\n",
        "x.postflow.file.delivered.a",
        "postflow.ask.fileserver.transfer",
        "",
    ],
)
def test_a_subject_that_only_looks_like_one_is_malformed(subject: str) -> None:
    with pytest.raises(MalformedMessage, match="no message is published on"):
        decode(subject, ready().model_dump_json().encode())


@given(st.dictionaries(TEXT, TEXT))
def test_fields_of_a_later_release_are_ignored(unknown: dict[str, str]) -> None:
    fields = {f"new_{name}": value for name, value in unknown.items()} | json.loads(ready().model_dump_json())
    fields["destination"]["new"] = 1
    assert decode(ready().subject, json.dumps(fields).encode()) == ready()


@pytest.mark.parametrize("changed", [{"path": "other.mov"}, {"size_bytes": 1}, {"mtime_ns": 1}, {"filespace": "b"}])
def test_an_id_of_another_revision_is_refused(changed: dict[str, object]) -> None:
    fields = json.loads(ready().model_dump_json()) | changed
    with pytest.raises(MalformedMessage, match="file_id is not that of"):
        decode(ready().subject, json.dumps(fields).encode())


def test_what_is_malformed_says_where_and_shows_no_value() -> None:
    fields = json.loads(exposed().model_dump_json())
    fields["public_url"] = {"secret": "https://film.example/x/a/1/k/s"}
    with pytest.raises(MalformedMessage, match="FileExposed: public_url: ") as caught:
        decode(exposed().subject, json.dumps(fields).encode())
    assert "film.example" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2026-11-21T12:00:00"},
        {"attempt": 0},
        {"size_bytes": -1},
        {"lane": "huge"},
        {"destination": None},
    ],
)
def test_a_value_out_of_bounds_is_malformed(wrong: dict[str, object]) -> None:
    fields = json.loads(ready().model_dump_json()) | wrong
    with pytest.raises(MalformedMessage, match=next(iter(wrong))):
        decode(ready().subject, json.dumps(fields).encode())


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(rb'{"path": "\ud800"}', id="half-a-character"),
        pytest.param(b"[" * 100_000, id="nested-without-end"),
        pytest.param(b'{"size_bytes": ' + b"9" * 10_000 + b"}", id="a-number-without-end"),
        pytest.param(b"{}\0", id="more-than-json"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_hostile_payload_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(ready().subject, payload)
