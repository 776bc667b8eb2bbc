"""The books of a chaos run: what is wrong is found, and what is right is not complained of."""

from typing import Any

import pytest

from postflow.topology import DURABLES
from tests.chaos.books import Asset, Failure, Revision, Seen, broken, digest, unsettled
from tests.chaos.plan import Deed, Fate, Film, Plan, drawn, name_of

FILM = Film(1, 0.0, "monday/UNDLM_00001_v001.mov", 3, 0.0)
NAME = name_of(FILM.path)
REVISIONS = [Revision(FILM, digest(b"new"), 3, True)]
GOOD = Asset(NAME, digest(b"new"), "transcoded")
WELL: dict[str, Any] = {"assets": [GOOD], "stories": {NAME: 1}, "cards": {NAME: 1}}


def wrong(revisions: list[Revision] = REVISIONS, /, **seen: Any) -> list[str]:
    looked = Seen(**{**WELL, **seen})
    return [*broken(revisions, looked), *unsettled(revisions, looked)]


def test_a_film_that_arrived_once_and_was_told_once_is_well() -> None:
    assert wrong() == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        pytest.param({"assets": []}, "lost:", id="lost"),
        pytest.param({"assets": [GOOD, GOOD]}, "twice:", id="twice"),
        pytest.param({"assets": [GOOD, Asset(NAME, digest(b"ne"), "uploaded")]}, "half or mixed:", id="half"),
        pytest.param(
            {"assets": [GOOD, Asset("other.mov", digest(b"other"), "uploaded")]}, "half or mixed:", id="alien"
        ),
        pytest.param({"assets": [GOOD, Asset(NAME, None, "created")]}, "unfinished:", id="unfinished"),
        pytest.param({"cards": {}}, "silent:", id="silent"),
        pytest.param({"cards": {NAME: 2}}, "told twice:", id="told-twice"),
        pytest.param({"failures": [Failure(NAME, "FETCH_STALLED")]}, "failed without a cause:", id="failed"),
        pytest.param({"parked": ["postflow.file.ready by fileserver: DEFECT"]}, "put aside:", id="parked"),
        pytest.param({"leaks": ["the token"]}, "leaked:", id="leak"),
        pytest.param({"violations": ["malformed at me"]}, "violation:", id="violation"),
        pytest.param({"live_addresses": ["/x/a"]}, "still answers:", id="alive"),
        pytest.param({"unwell": ["uploader-1: frameio"]}, "not well:", id="unwell"),
        pytest.param({"troubles": ["Trouble: no tunnel"]}, "still told of", id="told-of-what-is-over"),
    ],
)
def test_each_broken_promise_is_named(seen: dict[str, Any], said: str) -> None:
    assert [sentence.startswith(said) for sentence in wrong(**seen)] == [True]


def test_a_card_that_the_notifier_counts_as_repeated_is_allowed() -> None:
    assert wrong(cards={NAME: 2}, possible_repeats=1) == []


def test_of_an_overwritten_film_the_last_revision_must_arrive_and_the_first_may() -> None:
    film = Film(1, 0.0, FILM.path, 3, 0.0, Fate.OVERWRITTEN, second_bytes=3)
    revisions = [Revision(film, digest(b"old"), 3, False), Revision(film, digest(b"new"), 3, True)]
    old = Asset(NAME, digest(b"old"), "transcoded")
    assert wrong(revisions) == []
    assert wrong(revisions, assets=[old, GOOD]) == []
    assert [each.startswith("lost:") for each in wrong(revisions, assets=[old])] == [True]


def test_a_deleted_film_may_say_that_it_is_gone() -> None:
    revisions = [Revision(Film(1, 0.0, FILM.path, 3, 0.0, Fate.DELETED), digest(b"new"), 3, True)]
    assert wrong(revisions, assets=[], failures=[Failure(NAME, "FILE_GONE")]) == []
    assert len(wrong(revisions, assets=[], failures=[Failure(NAME, "NOBODY_CAME")])) == 1


def test_a_film_whose_bad_luck_is_hopeless_may_fail_with_a_card() -> None:
    revisions = [Revision(Film(1, 0.0, FILM.path, 3, 0.0, may_fail=True), digest(b"new"), 3, True)]
    assert wrong(revisions, assets=[], failures=[Failure(NAME, "ERROR_PAGE")]) == []
    assert len(wrong(revisions, assets=[])) == 1
    untold = wrong(revisions, assets=[], failures=[Failure(NAME, "ERROR_PAGE")], cards={})
    assert [each.startswith("silent:") for each in untold] == [True]


def plan(seed: int) -> Plan:
    return drawn(seed, films=200, over_s=300, slow=True)


def test_a_seed_draws_the_same_plan_each_time() -> None:
    assert plan(7) == plan(7)
    assert plan(7) != plan(8)


def test_a_plan_has_films_of_every_fate_and_every_kind_of_blow() -> None:
    films, blows = plan(7).films, plan(7).blows
    assert {film.fate for film in films} == set(Fate)
    assert {blow.target for blow in blows} >= {"fileserver", "notifier", "watcher", "nats-server", "uploader-1"}
    assert any(film.may_fail for seed in range(9) for film in plan(seed).films)


@pytest.mark.parametrize("seed", range(30))
def test_some_process_is_frozen_for_longer_than_its_message_rests(seed: int) -> None:
    blows = drawn(seed, films=300, over_s=480.0, slow=True).blows
    assert any(blow.deed is Deed.FREEZE and blow.for_s > DURABLES["uploader"].ack_wait_s for blow in blows)


def test_no_two_films_have_the_same_name() -> None:
    films = plan(7).films
    assert len({name_of(film.path) for film in films}) == len(films)
