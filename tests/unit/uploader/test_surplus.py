"""Which asset is nobody's."""

from datetime import timedelta

import pytest

from tests.examples import AT
from uploader.books import AssetRecord
from uploader.claim import Claim
from uploader.frameio.objects import Asset
from uploader.surplus import TWIN_S, is_stray, is_twin

MINE = AssetRecord.of("mine", Claim(2, 3, 50, 1))


@pytest.mark.parametrize(
    ("there", "stray"),
    [
        pytest.param(None, True, id="nobody-claimed-it"),
        pytest.param(MINE.model_copy(update={"doomed": True}), True, id="its-maker-could-not-delete-it"),
        pytest.param(AssetRecord.of("mine", Claim(2, 1, 9, 1)), True, id="a-loser-of-this-attempt-claimed-it"),
        pytest.param(AssetRecord.of("mine", Claim(2, 3, 50, 2)), False, id="who-took-over-from-us-claimed-it"),
        pytest.param(AssetRecord.of("mine", Claim(1, 1, 9, 1)), False, id="an-earlier-attempt-delivered-it"),
        pytest.param(AssetRecord.of("another", Claim(2, 3, 50, 1)), False, id="another-revision-claimed-it"),
    ],
)
def test_only_what_nobody_delivers_is_stray(there: AssetRecord | None, stray: bool) -> None:
    assert is_stray(there, MINE) is stray


def asset(**changed: object) -> Asset:
    told = {"id": "a", "name": "x.mov", "status": "uploaded", "file_size": 9, "view_url": "", "created_at": AT}
    return Asset.model_validate(told | {"creator": {"id": "us"}} | changed)


def after(seconds: float) -> object:
    return AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("other", "twin"),
    [
        pytest.param(asset(), True, id="of-the-same-moment"),
        pytest.param(asset(created_at=after(-TWIN_S)), True, id="a-little-earlier"),
        pytest.param(asset(created_at=after(TWIN_S)), True, id="a-little-later"),
        pytest.param(asset(created_at=after(TWIN_S + 1)), False, id="later"),
        pytest.param(asset(created_at=after(-TWIN_S - 1)), False, id="earlier"),
        pytest.param(asset(status="created", file_size=0), True, id="still-fetched"),
        pytest.param(asset(file_size=8), False, id="of-another-size"),
        pytest.param(asset(creator={"id": "artist"}), False, id="a-persons"),
        pytest.param(asset(creator=None), False, id="nobody-says-whose"),
    ],
)
def test_only_what_one_call_may_have_made_is_a_twin(other: Asset, twin: bool) -> None:
    assert is_twin(other, asset(), size_bytes=9, user_id="us") is twin
