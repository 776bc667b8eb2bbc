"""Sizes, durations and sentences as people say them."""

from datetime import timedelta

import pytest

from notifier import wording


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
        (300 * 10**9, "300.0 GB"),
        (5 * 10**18, "5000.0 PB"),
    ],
)
def test_a_size_is_said_in_its_largest_unit(size_bytes: int, said: str) -> None:
    assert wording.size(size_bytes) == said


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
