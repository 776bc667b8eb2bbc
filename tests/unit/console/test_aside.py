"""What became of a message that was put aside."""

from collections.abc import Iterable

import pytest

from console.aside import Became, Fold, way_on
from postflow.messages import Message, Parked
from postflow.topology import again_subject
from tests.examples import AT, delivered, exposed, failed, ready

Stored = tuple[int, str, str]
"""Its place, subject and id."""

ORIGINAL = 7


def parked(durable: str, message: Message, **changed: object) -> Parked:
    told = {"code": "DEFECT", "why": "it broke", "what_to_do": "Report it.", "at": AT}
    about = {"durable": durable, "sequence": ORIGINAL, "original_subject": message.subject}
    return Parked.model_validate(about | told | changed)


def at(place: int, message: Message) -> Stored:
    return place, message.subject, message.dedupe_id or ""


def fold(notes: dict[int, Parked], stored: Iterable[Stored] = ()) -> Fold:
    folded = Fold()
    for place, note in notes.items():
        folded.note(place, note)
    for place, subject, dedupe_id in stored:
        folded.take(subject, place, dedupe_id)
    return folded


def became(note: Parked, *stored: Stored, let_go: Iterable[int] = ()) -> Became:
    (aside,) = fold({10: note}, stored).all(set(let_go))
    return aside.became


UPLOADER = parked("uploader", exposed())
WATCHER = parked("watcher", delivered())


def test_a_message_stays_put_aside_until_somebody_sees_to_it() -> None:
    assert became(UPLOADER, at(ORIGINAL, exposed())) is Became.ASIDE


@pytest.mark.parametrize(("place", "then"), [(9, Became.ASIDE), (11, Became.RETRIED)])
def test_only_what_was_shown_again_later_counts_as_retried(place: int, then: Became) -> None:
    assert became(WATCHER, (place, again_subject("watcher", ORIGINAL), "")) is then


def test_another_readers_retry_is_none_of_ours() -> None:
    assert became(WATCHER, (11, again_subject("notifier", ORIGINAL), "")) is Became.ASIDE


def test_what_was_parked_again_shows_again_and_once() -> None:
    folded = fold({10: WATCHER, 12: WATCHER}, [(11, again_subject("watcher", ORIGINAL), "")])
    (aside,) = folded.all({10})
    assert (aside.note.place, aside.became) == (12, Became.ASIDE)


def test_what_was_let_go_of_is_no_longer_open() -> None:
    assert became(WATCHER, let_go={10}) is Became.LET_GO
    assert not Became.LET_GO.is_open


def test_a_file_that_failed_with_its_message_needs_a_new_attempt() -> None:
    stored = at(ORIGINAL, exposed()), at(11, failed())
    assert became(UPLOADER, *stored) is Became.FAILED
    assert became(UPLOADER, *stored, at(12, ready(attempt=2))) is Became.OVERTAKEN


def test_a_file_that_arrived_all_the_same_leaves_nothing_to_do() -> None:
    assert became(UPLOADER, at(ORIGINAL, exposed()), at(11, delivered())) is Became.OVERTAKEN


def test_an_older_attempt_that_ends_late_says_nothing_of_this_one() -> None:
    second = {"attempt": 2}
    note = parked("uploader", exposed(**second))
    assert became(note, at(ORIGINAL, exposed(**second)), at(11, failed())) is Became.ASIDE
    assert became(note, at(ORIGINAL, exposed(**second)), at(11, delivered())) is Became.ASIDE


def test_an_ending_that_a_reader_could_not_handle_stays_though_its_file_goes_on() -> None:
    """It may hold what only that reader would have done: a card, or an address to be closed."""
    assert became(WATCHER, at(ORIGINAL, delivered()), at(11, ready(attempt=2))) is Became.ASIDE


def test_it_reads_no_more_than_it_needs_and_no_subject_twice() -> None:
    subjects = fold({10: UPLOADER, 11: WATCHER, 12: UPLOADER.model_copy(update={"sequence": 8})}).subjects()
    assert len(subjects) == len(set(subjects))
    assert set(subjects) == {
        "postflow.again.uploader.7",
        "postflow.again.uploader.8",
        "postflow.again.watcher.7",
        f"postflow.file.*.{exposed().file_id}",
        f"postflow.file.*.*.{exposed().file_id}",
    }


@pytest.mark.parametrize(
    ("note", "stored", "is_there", "command"),
    [
        (UPLOADER, [], True, "`postflow parked 7 --retry`"),
        (UPLOADER, [at(11, failed())], True, f"`postflow retry {exposed().file_id}`"),
        (UPLOADER, [at(11, failed())], False, f"`postflow retry {exposed().file_id}`"),
        (WATCHER, [], False, "`postflow parked 7 --let-go`"),
        (parked("gone-by-now", delivered()), [], True, "`postflow parked 7 --let-go`"),
    ],
    ids=["again", "new attempt", "new attempt though it is gone", "gone", "no reader"],
)
def test_each_is_told_with_the_command_that_helps(
    note: Parked, stored: list[Stored], is_there: bool, command: str
) -> None:
    (aside,) = fold({10: note}, stored).all(())
    assert command in way_on(aside, is_there=is_there)


def test_what_is_settled_asks_for_nothing() -> None:
    (aside,) = fold({10: WATCHER}).all({10})
    assert way_on(aside, is_there=True) == ""
