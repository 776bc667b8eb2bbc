"""What services tell each other: every message can be read back, and nothing else can be read at all."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from postflow.destination import Destination, Lane
from postflow.errors import MalformedMessage
from postflow.identity import file_id
from postflow.messages import (
    MESSAGES,
    Condition,
    ConditionState,
    FileExposed,
    FileFailed,
    FileReady,
    FileWaiting,
    Message,
    Parked,
    Progress,
    Refusal,
    about,
    decode,
)
from tests.examples import AT, about_file, delivered, exposed, ready

TEXT = st.text(max_size=20)
MOMENT = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))
SIZE = st.integers(min_value=0, max_value=2**63 - 1)
COUNT = st.integers(min_value=1, max_value=99)
TOKEN = st.from_regex(r"[a-z0-9-]+", fullmatch=True)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "at": MOMENT,
    "attempt": COUNT,
    "bytes_done": SIZE,
    "changed_at": MOMENT,
    "destination": st.builds(
        Destination,
        show=TEXT,
        route=TEXT,
        fields=st.dictionaries(TEXT, TEXT),
        project=TEXT,
        folder=st.lists(TEXT).map(tuple),
        name=TEXT,
        version=st.none() | st.integers(),
        channel=TEXT,
        inbox_reason=st.none() | TEXT,
    ),
    "durable": TOKEN,
    "expires_at": MOMENT,
    "exposure": COUNT,
    "instance": TOKEN,
    "internal_url": st.none() | TEXT,
    "lane": st.sampled_from(Lane),
    "media_type": st.none() | TEXT,
    "name": TOKEN,
    "posted_at": MOMENT,
    "public_url": st.none() | TEXT,
    "refusal": st.none() | st.builds(Refusal, code=TEXT, why=TEXT, what_to_do=TEXT),
    "sequence": SIZE.map(lambda size: size + 1),
    "since": MOMENT,
    "state": st.sampled_from(ConditionState),
}
"""How a field is drawn; any other is a text."""


@st.composite
def messages(draw: st.DrawFn, kind: type[Message]) -> Message:
    filespace, path, size_bytes, mtime_ns = draw(st.tuples(TEXT, TEXT, SIZE, st.integers(-(2**63), 2**63 - 1)))
    revision = {"filespace": filespace, "path": path, "size_bytes": size_bytes, "mtime_ns": mtime_ns}
    revision["file_id"] = file_id(filespace, path, size_bytes, mtime_ns)
    drawn = {name: draw(FIELDS.get(name, TEXT)) for name in kind.model_fields if name not in revision}
    return kind.model_validate(revision | drawn)


ANY_MESSAGE = st.sampled_from(MESSAGES).flatmap(messages)


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_kind_can_be_read_back(kind: type[Message]) -> None:
    @given(messages(kind))
    def holds(message: Message) -> None:
        assert decode(message.subject, message.model_dump_json().encode()) == message

    holds()


@given(ANY_MESSAGE)
def test_a_message_has_a_subject_that_nats_takes(message: Message) -> None:
    tokens = message.subject.split(".")
    assert tokens[0] == "postflow"
    assert all(tokens)
    assert not set(message.subject) & set("*> \t\r\n\0")


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


def test_a_signed_address_is_not_in_what_a_message_shows_of_itself() -> None:
    shown = repr(exposed(public_url="https://film.example/x/a", internal_url="http://internal.example/x/a"))
    assert "example" not in shown


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


def test_an_exposure_is_numbered_from_one() -> None:
    with pytest.raises(ValidationError):
        exposed(exposure=0)


@pytest.mark.parametrize("token", ["a.b", "a b", "*", ">", ""])
def test_what_is_part_of_a_subject_is_one_token(token: str) -> None:
    parked = {"sequence": 7, "original_subject": "s", "code": "DEFECT", "why": "w", "what_to_do": "Do.", "at": AT}
    with pytest.raises(ValidationError, match="durable"):
        Parked.model_validate(parked | {"durable": token})
    with pytest.raises(ValidationError, match="file_id"):
        Progress(file_id=token, bytes_done=1, size_bytes=2, at=AT)


def test_the_two_lanes_are_two_subjects() -> None:
    assert ready().subject == f"postflow.file.ready.small.{ready().file_id}"
    assert ready(lane=Lane.LARGE).subject == f"postflow.file.ready.large.{ready().file_id}"


def test_two_publications_of_one_fact_have_one_id_and_every_other_fact_has_another() -> None:
    again = ready(at=AT + timedelta(seconds=1))
    assert again.dedupe_id == ready().dedupe_id
    facts = [ready(), ready(attempt=2), exposed(), exposed(exposure=2), delivered()]
    assert len({fact.dedupe_id for fact in facts}) == len(facts)


def test_a_parked_message_is_told_of_once_and_a_condition_each_time() -> None:
    parked = Parked(
        durable="uploader", sequence=7, original_subject="s", code="DEFECT", why="w", what_to_do="Do.", at=AT
    )
    assert parked.dedupe_id == "parked.uploader.7"
    condition = Condition.model_validate(
        {
            "name": "nats-disk",
            "instance": "a",
            "state": "raised",
            "what": "w",
            "what_to_do": "Do.",
            "since": AT,
            "at": AT,
        }
    )
    assert condition.dedupe_id is None
    assert Progress(file_id=ready().file_id, bytes_done=1, size_bytes=2, at=AT).dedupe_id is None


def test_what_one_message_hands_on_makes_the_next() -> None:
    later = AT + timedelta(minutes=1)
    told = {"service": "uploader", "code": "C", "why": "w", "what_to_do": "Do."}
    failed = FileFailed.model_validate(about(exposed(attempt=3), at=later) | told)
    assert (failed.attempt, failed.exposure, failed.at) == (3, 1, later)
    assert failed.destination == exposed().destination
    assert failed.changed_at == AT


def test_an_address_is_never_handed_on() -> None:
    assert not {"public_url", "internal_url", "expires_at"} & set(about(exposed(), at=AT))


def test_what_a_message_without_destination_hands_on_is_enough_for_another() -> None:
    waiting = FileWaiting.model_validate(
        {name: value for name, value in about_file(attempt=0).items() if name != "destination"}
        | {"waiting_for": "quiet"}
    )
    assert FileWaiting.model_validate(about(waiting, at=AT) | {"waiting_for": "quiet"}) == waiting


@pytest.mark.parametrize("kind", [FileReady, FileExposed, Condition])
def test_a_message_cannot_be_changed(kind: type[Message]) -> None:
    assert kind.model_config["frozen"] is True


def test_every_kind_has_a_subject_of_its_own() -> None:
    assert len({kind.pattern for kind in MESSAGES}) == len(MESSAGES)
    leaves = [kind for kind in _subclasses(Message) if "pattern" in vars(kind)]
    assert set(leaves) == set(MESSAGES)


def _subclasses(kind: type[Message]) -> list[type[Message]]:
    return [each for direct in kind.__subclasses__() for each in (direct, *_subclasses(direct))]
