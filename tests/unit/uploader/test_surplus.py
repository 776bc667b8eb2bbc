"""Which asset is nobody's."""

import pytest

from uploader.books import AssetRecord
from uploader.claim import Claim
from uploader.surplus import is_stray

MINE = AssetRecord.of("mine", Claim(2, 3, 50, 1))


@pytest.mark.parametrize(
    ("there", "stray"),
    [
        pytest.param(None, True, id="nobody-claimed-it"),
        pytest.param(MINE.model_copy(update={"doomed": True}), True, id="its-maker-could-not-delete-it"),
        pytest.param(AssetRecord.of("mine", Claim(2, 1, 9, 1)), True, id="a-loser-of-this-attempt-claimed-it"),
        pytest.param(AssetRecord.of("mine", Claim(1, 1, 9, 1)), False, id="an-earlier-attempt-delivered-it"),
        pytest.param(AssetRecord.of("another", Claim(2, 3, 50, 1)), False, id="another-revision-claimed-it"),
    ],
)
def test_only_what_nobody_delivers_is_stray(there: AssetRecord | None, stray: bool) -> None:
    assert is_stray(there, MINE) is stray
