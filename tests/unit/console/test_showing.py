"""Answers as people read them."""

import pytest

from console import showing
from console.answers import Doctor, Status
from console.lines import Line, State
from postflow.desk import DeliverAnswer, RehearseAnswer, Rehearsed


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
