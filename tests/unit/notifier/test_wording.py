"""Durations and sentences as people say them."""

from datetime import timedelta

import pytest

from notifier import wording


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1, "0 s"), (0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3_840, "1 h 4 min"), (90_000, "1 d 1 h")],
)
def test_a_duration_is_said_in_two_units(seconds: float, said: str) -> None:
    assert wording.duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the file is gone", "The file is gone."),
        ("Ask Frame.io.", "Ask Frame.io."),
        ("sq01_v1.mov has gone", "sq01_v1.mov has gone."),
    ],
)
def test_a_sentence_begins_and_ends_as_one(text: str, said: str) -> None:
    assert wording.sentence(text) == said
