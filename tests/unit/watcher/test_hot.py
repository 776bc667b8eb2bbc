"""Which folders are listed more often than the others."""

from itertools import pairwise

import pytest

from watcher.hot import MOST, HotFolders


@pytest.fixture
def hot() -> HotFolders:
    return HotFolders(hot_s=2, names_s=10)


def listed(hot: HotFolders, until_s: int, *, from_s: int = 0) -> list[int]:
    """When, looked at each second."""
    return [now_s for now_s in range(from_s, until_s) if hot.due(now_s)]


def test_a_folder_is_hot_when_something_changes_in_it_and_cools_down(hot: HotFolders) -> None:
    assert listed(hot, 100) == []
    hot.changed("A", 0)
    times = listed(hot, 1000)
    assert times[:5] == [2, 4, 6, 8, 10]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == sorted(gaps)
    assert 50 < times[-1] < 120
    assert len(hot) == 0


def test_it_stays_hot_as_long_as_things_change_and_no_change_puts_a_listing_off(hot: HotFolders) -> None:
    times = []
    for now_s in range(500):
        hot.changed("A", now_s)
        times += [now_s] if hot.due(now_s) else []
    assert times == list(range(2, 500, 2))


def test_there_are_never_more_than_some_and_those_that_changed_last_count(hot: HotFolders) -> None:
    for number in range(1000):
        hot.changed(f"A/{number}", number / 1000)
        hot.changed("A", number / 1000)
    due = hot.due(10)
    assert len(due) == MOST
    assert {"A", "A/999"} <= set(due)
