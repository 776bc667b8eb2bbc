"""What services tell each other: its subjects, its ids, and what one message hands on to the next."""

from datetime import timedelta

import pytest
from hypothesis import given
from pydantic import ValidationError

from postflow.decoding import MESSAGES
from postflow.destination import Lane
from postflow.messages import (
    Condition,
    FileExposed,
    FileFailed,
    FileReady,
    FileWaiting,
    Message,
    Parked,
    Progress,
    about,
)
from tests.examples import AT, about_file, delivered, exposed, ready
from tests.unit.drawn_messages import ANY_MESSAGE


@given(ANY_MESSAGE)
def test_a_message_has_a_subject_that_nats_takes(message: Message) -> None:
    tokens = message.subject.split(".")
    assert tokens[0] == "postflow"
    assert all(tokens)
    assert not set(message.subject) & set("*> \t\r\n\0")


def test_a_signed_address_is_not_in_what_a_message_shows_of_itself() -> None:
    shown = repr(exposed(public_url="https://film.example/x/a", internal_url="http://internal.example/x/a"))
    assert "example" not in shown


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
    again = parked.model_copy(update={"retry": 9})
    assert (again.subject, again.dedupe_id) == (parked.subject, "parked.uploader.7.9")
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
