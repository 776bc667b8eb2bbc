"""Answers as people read them."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from console import showing
from console.answers import Doctor, Resumed, Status, Story
from console.lines import Line, State
from postflow.desk import DeliverAnswer, InFolder, RehearseAnswer, Rehearsed, WhyAnswer
from postflow.pauses import Pause


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (59.9, "59.9 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7260, "2 h 1 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert showing.duration(seconds) == said


def test_each_red_line_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    line = Line(service="watcher", check="volume", state=State.RED, detail="it is empty", what_to_do="Mount it.")
    showing.doctor(Doctor(checks=(line,)))
    out = capsys.readouterr().out
    assert "it is empty" in out
    assert "→ Mount it." in out
    assert "1 red" in out


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((State.OK, State.OK), "All is well."),
        ((State.OK, State.LOOK), "Nothing is red; 1 to look at."),
        ((State.RED, State.LOOK), "1 red: do what → says."),
    ],
)
def test_the_last_line_of_doctor_is_no_better_than_its_worst(
    states: tuple[State, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    showing.doctor(Doctor(checks=tuple(Line(service="nats", check="x", state=each, detail="d") for each in states)))
    assert capsys.readouterr().out.splitlines()[-1] == said


def test_a_name_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    showing.delivered([DeliverAnswer(done=False, path="EXPORTS/[bold]:smile:.mov", said="no")])
    assert "EXPORTS/[bold]:smile:.mov" in capsys.readouterr().out


def test_a_silent_watcher_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    showing.status(Status(files=(), waiting=None))
    assert "the watcher does not answer" in capsys.readouterr().out


def test_a_rehearsal_names_what_would_be_sent_and_counts_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    files = (
        Rehearsed(path="a.mov", outcome="delivered", to="P/a.mov"),
        Rehearsed(path="b.txt", outcome="ignored", why="included by none of *.mov"),
    )
    counted = showing.rehearsed(RehearseAnswer(files=files), ignored=False)
    assert counted == {"delivered": 1, "ignored: included by none of *.mov": 1}
    out = capsys.readouterr().out
    assert "→ P/a.mov" in out
    assert "b.txt" not in out


def test_a_rehearsal_counts_what_would_be_and_sends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    showing.counts(Counter({"delivered": 4, "inbox": 1, "rejected": 1, "ignored: too small": 2}))
    assert capsys.readouterr().out.splitlines() == [
        "4 would be delivered",
        "2 ignored: too small",
        "1 would be delivered to an inbox",
        "1 would be rejected",
    ]


@pytest.mark.parametrize(
    ("all_answered", "said"), [(True, "There is no file in any watch folder there.\n"), (False, "")]
)
def test_nobody_calls_a_folder_empty_that_is_not_there(
    all_answered: bool, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    showing.counts(Counter(), all_answered=all_answered)
    assert capsys.readouterr().out == said


def test_resume_says_what_goes_on_and_what_is_still_paused(capsys: pytest.CaptureFixture[str]) -> None:
    begun, other = (Pause(route=route, by="ana", since=datetime(2026, 1, 1, tzinfo=UTC)) for route in ("shots", "vo"))
    showing.resumed(Resumed(ended=(begun,), all=(other,)))
    showing.resumed(Resumed(ended=(Pause(route=None, by="ana", since=begun.since),)))
    showing.resumed(Resumed())
    first, still, second, third = capsys.readouterr().out.splitlines()
    assert (first, second) == ("Goes on: route shots.", "Goes on: everything.")
    assert third == "Nothing was paused or held back."
    assert still.startswith("Route vo is paused by ana")


def test_resume_says_how_many_go_the_way_of_any_file(capsys: pytest.CaptureFixture[str]) -> None:
    showing.resumed(Resumed(taken_up=1))
    showing.resumed(Resumed(taken_up=1204))
    one, many = capsys.readouterr().out.splitlines()
    assert one == "1 file is held back no more, and is sent when it is quiet and whole."
    assert many == "1,204 files are held back no more, and are sent when they are quiet and whole."


def test_resume_says_what_was_left_alone_and_what_is_held_back_still(capsys: pytest.CaptureFixture[str]) -> None:
    showing.resumed(Resumed(left=1204))
    showing.resumed(Resumed(ended=(Pause(route=None, by="ana", since=datetime(2026, 1, 1, tzinfo=UTC)),), held=1204))
    first, second, still, *_ = capsys.readouterr().out.splitlines()
    assert first == "1,204 files left alone, as if they had been there before."
    assert second == "Goes on: everything."
    assert still.startswith("1,204 files turned new at once and are held back: `postflow resume`")


def test_what_is_in_a_folder_is_a_table_with_each_sequence_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    inside = (InFolder(path="E/SQ01/a.####.exr", state="rejected", why="it is a frame", frames=2000),)
    word = WhyAnswer(path="E/SQ01", state="folder", why="what is in and below it", inside=inside, is_all=False)
    showing.why(Story(asked="E/SQ01", watcher=word, chapters=()))
    out = capsys.readouterr().out
    assert "a.####.exr (2,000 frames)" in out
    assert "And more" in out
