"""A short run of each kind of chaos, from seeds that are known to be well, and from those that once were not."""

from pathlib import Path

import pytest

from tests.chaos.plan import drawn
from tests.chaos.site import carried_out

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.mark.parametrize(
    ("seed", "films", "over_s"),
    [
        pytest.param(1, 12, 12.0, id="well"),
        pytest.param(13137, 14, 7.0, id="three-sends-into-an-error-page-of-the-edge"),
    ],
)
async def test_the_books_balance_after_a_short_run(seed: int, films: int, over_s: float, tmp_path: Path) -> None:
    plan = drawn(seed, films=films, over_s=over_s, slow=False)
    told: list[str] = []
    wrong = await carried_out(plan, tmp_path, settle_s=150.0, say=told.append)
    assert wrong == [], "\n".join([f"seed {seed}", *told])
