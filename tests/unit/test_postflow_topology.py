"""The stream, its durables and the buckets, held against the messages and the rules of NATS."""

import re
from itertools import combinations

import pytest

from postflow.decoding import MESSAGES
from postflow.messages import FileEnded, FileMessage, Message, Progress, RoutedMessage
from postflow.topology import BUCKETS, DURABLES, STREAM_SUBJECTS, Durable, again_subject, later_subject

SERVICES = ("watcher", "fileserver", "uploader", "notifier")


def covers(wide: str, narrow: str) -> bool:
    """Whether every subject of one filter is a subject of the other; `*` is one token, `>` one or more."""
    for token, wanted in zip(wide_tokens := wide.split("."), narrow.split("."), strict=False):
        if token == ">":
            return True
        if wanted == ">" or (token != "*" and token != wanted):
            return False
    return len(wide_tokens) == len(narrow.split("."))


def overlap(one: str, other: str) -> bool:
    """Whether some subject passes both filters, of which none ends in `>`."""
    tokens, others = one.split("."), other.split(".")
    return len(tokens) == len(others) and all(a == b or "*" in (a, b) for a, b in zip(tokens, others, strict=True))


def filter_of(kind: type[Message]) -> str:
    return re.sub(r"{\w+}", "*", kind.pattern)


def readers(kind: type[Message]) -> set[str]:
    return {
        durable.name
        for durable in DURABLES.values()
        if any(overlap(filter_of(kind), subject) for subject in durable.filter_subjects)
    }


@pytest.mark.parametrize("durable", DURABLES.values(), ids=str)
def test_a_durable_reads_only_what_the_stream_holds(durable: Durable) -> None:
    for subject in durable.filter_subjects:
        assert any(covers(held, subject) for held in STREAM_SUBJECTS), subject


@pytest.mark.parametrize("durable", DURABLES.values(), ids=str)
def test_no_message_passes_two_filters_of_a_durable(durable: Durable) -> None:
    assert [pair for pair in combinations(durable.filter_subjects, 2) if overlap(*pair)] == []


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_stream_holds_every_message_but_progress(kind: type[Message]) -> None:
    assert any(covers(held, filter_of(kind)) for held in STREAM_SUBJECTS) == (kind is not Progress)


@pytest.mark.parametrize("kind", [kind for kind in MESSAGES if kind is not Progress])
def test_every_message_of_the_stream_has_a_reader(kind: type[Message]) -> None:
    assert readers(kind)


@pytest.mark.parametrize("kind", [kind for kind in MESSAGES if issubclass(kind, FileEnded)])
def test_every_ending_is_read_by_who_revokes_who_remembers_and_who_tells(kind: type[Message]) -> None:
    assert readers(kind) == {"fileserver-revoke", "watcher", "notifier"}


@pytest.mark.parametrize("durable", DURABLES.values(), ids=str)
def test_a_durable_is_named_after_its_service(durable: Durable) -> None:
    assert DURABLES[durable.name] is durable
    assert durable.name.split("-")[0] in SERVICES


@pytest.mark.parametrize("durable", DURABLES.values(), ids=str)
def test_a_scheduled_retry_reaches_its_own_durable_alone(durable: Durable) -> None:
    again = again_subject(durable.name, 7)
    reached = {
        each.name for each in DURABLES.values() if any(covers(subject, again) for subject in each.filter_subjects)
    }
    assert reached == {durable.name}


@pytest.mark.parametrize("durable", DURABLES.values(), ids=str)
def test_a_retry_that_waits_is_held_and_read_by_nobody(durable: Durable) -> None:
    later = later_subject(durable.name, 7)
    assert any(covers(held, later) for held in STREAM_SUBJECTS)
    assert not any(covers(subject, later) for each in DURABLES.values() for subject in each.filter_subjects)


@pytest.mark.parametrize("durable", [durable for durable in DURABLES.values() if durable.carries], ids=str)
def test_a_file_that_is_parked_on_its_way_can_be_told_as_failed(durable: Durable) -> None:
    kinds = [kind for kind in MESSAGES if durable.name in readers(kind)]
    assert kinds
    assert all(issubclass(kind, RoutedMessage) for kind in kinds)


def test_only_messages_about_a_file_hang_from_its_root() -> None:
    for durable in (durable for durable in DURABLES.values() if durable.long_running):
        assert all(issubclass(kind, FileMessage) for kind in MESSAGES if durable.name in readers(kind))


def test_no_bucket_is_made_twice() -> None:
    assert len(set(BUCKETS)) == len(BUCKETS)


@pytest.mark.parametrize(
    ("wide", "narrow", "is_covered"),
    [
        ("a.>", "a.b.c", True),
        ("a.>", "a.*", True),
        ("a.>", "a", False),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.*", "a.>", False),
        ("a.b", "a.*", False),
        ("a.b", "a.b", True),
    ],
)
def test_a_filter_covers_what_nats_says_it_covers(wide: str, narrow: str, is_covered: bool) -> None:
    assert covers(wide, narrow) is is_covered
