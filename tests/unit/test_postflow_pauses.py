"""What an operator has paused."""

from datetime import UTC, datetime

import pytest

from postflow.pauses import Pause, Pauses

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def pause(route: str | None, by: str = "ada") -> Pause:
    return Pause(route=route, by=by, since=AT)


@pytest.mark.parametrize(
    ("paused", "show", "route", "is_held"),
    [
        (None, "undlm", "shots", True),
        ("shots", "undlm", "shots", True),
        ("shots", "other", "shots", True),
        ("undlm/shots", "undlm", "shots", True),
        ("undlm/shots", "other", "shots", False),
        ("shots", "undlm", "masters", False),
    ],
)
def test_it_holds_what_it_names(paused: str | None, show: str, route: str, is_held: bool) -> None:
    assert (Pauses(all=(pause(paused),)).why(show, route) is not None) is is_held


def test_it_says_who_and_since_when_and_how_it_ends() -> None:
    said = Pauses(all=(pause("shots"),)).why("undlm", "shots")
    assert said == "paused by ada since 2026-11-21 12:00 UTC; `postflow resume --route shots` ends it"


def test_the_first_pause_of_a_thing_stays() -> None:
    twice = Pauses().paused(pause("shots")).paused(pause("shots", by="bob"))
    assert [each.by for each in twice.all] == ["ada"]


def test_resume_ends_one_route_or_everything() -> None:
    paused = Pauses().paused(pause("shots")).paused(pause(None))
    assert paused.resumed("shots") == Pauses(all=(pause(None),))
    assert paused.resumed(None) == Pauses()


def test_only_a_pause_of_everything_is_one() -> None:
    assert Pauses(all=(pause("shots"),)).everything is None
    assert Pauses(all=(pause(None),)).everything == pause(None)
