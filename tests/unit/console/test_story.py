"""The story of a file, a line for each message."""

from datetime import timedelta

from console.story import told
from postflow.messages import FileExposed, FileFailed, FileMessage, FileRejected, FileStale, Parked, Refusal
from tests.examples import AT, about_file, delivered, exposed, ready


def by_id(*messages: FileMessage) -> list[tuple[str, FileMessage]]:
    return [(message.file_id, message) for message in messages]


def test_each_line_says_how_long_after_the_one_before() -> None:
    first = ready(at=AT + timedelta(seconds=20))
    chapters = list(
        told(by_id(first, exposed(at=AT + timedelta(seconds=21)), delivered(at=AT + timedelta(seconds=25))))
    )
    assert [(chapter.state, chapter.after_s) for chapter in chapters] == [
        ("waiting", None),
        ("ready", 20.0),
        ("exposed", 1.0),
        ("delivered", 4.0),
    ]


def test_it_begins_with_the_last_change_once() -> None:
    chapters = list(told(by_id(ready(), ready(attempt=2))))
    assert [(chapter.state, chapter.attempt) for chapter in chapters] == [("waiting", 0), ("ready", 1), ("ready", 2)]


def test_it_never_shows_an_address_that_opens_the_film() -> None:
    (chapter,) = told(by_id(exposed(public_url="https://film.example/x/abc/1/k/sig", internal_url="http://in/x/abc")))
    assert "/x/" not in chapter.model_dump_json()


def test_each_kind_says_what_happened_and_what_to_do() -> None:
    refusal = Refusal(code="FILE_GONE", why="it is gone", what_to_do="Export it again.")
    refused = FileExposed.model_validate(exposed().model_dump() | {"public_url": None, "refusal": refusal})
    stale = FileStale.model_validate(about_file(exposure=1, why="the tunnel was lost"))
    failure = {"service": "uploader", "code": "NO_PROJECT", "why": "no such project", "what_to_do": "Make it."}
    failed = FileFailed.model_validate(about_file(exposure=1) | failure)
    rejected = FileRejected.model_validate(about_file() | {"why": "a bad name", "expected": "a good one"})
    said = [(chapter.said, chapter.what_to_do) for chapter in told(by_id(refused, stale, failed, rejected))]
    assert said == [
        ("not exposed: it is gone", "Export it again."),
        ("another address was asked for: the tunnel was lost", ""),
        ("NO_PROJECT: no such project", "Make it."),
        ("a bad name; expected a good one", ""),
    ]


def test_a_message_that_was_put_aside_is_part_of_it() -> None:
    parked = Parked(
        durable="uploader",
        sequence=3,
        original_subject="postflow.file.exposed.x",
        code="DEFECT",
        why="it broke",
        what_to_do="Report it.",
        at=AT,
    )
    (chapter,) = told([("x", parked)])
    assert (chapter.state, chapter.said) == ("parked", "put aside by uploader: it broke")
