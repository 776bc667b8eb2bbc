"""Sizes as people say them."""

import pytest

from postflow.wording import size


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (198_341, "198.3 kB"),
        (999_960, "1.0 MB"),
        (999_999, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
        (300 * 10**9, "300.0 GB"),
        (5 * 10**18, "5000.0 PB"),
    ],
)
def test_a_size_is_said_in_its_largest_unit(size_bytes: int, said: str) -> None:
    assert size(size_bytes) == said
