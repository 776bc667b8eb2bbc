"""What holds for every text and every path."""

import unicodedata
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postflow.routing import Rejected, Routed, RulesError, Unwatched, load_rules, read_rules, route
from postflow.routing.spelling import folded, mistake_in_name
from tests.unit.routing.example import EXAMPLE, FOLDER, SECOND_SHOW

RULES = load_rules(EXAMPLE + SECOND_SHOW)
LINES = EXAMPLE.splitlines(keepends=True)
PIECES = [
    "SQ01",
    "SQ1",
    "UNDLM",
    "_",
    "/",
    "00003",
    "3",
    "v001",
    "V2",
    ".mov",
    ".",
    "comp",
    "PUB",
    "-",
    " ",
    "é",
    "_ALL",
]
NAMES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
PATHS = st.one_of(
    st.text(), NAMES.map(lambda name: f"{FOLDER}/{name}"), st.text().map(lambda name: f"{FOLDER}/{name}.mov")
)
TOML_VALUES = st.one_of(
    st.booleans(),
    st.integers(),
    st.sampled_from(['"x"', "[]", "{}", '["**"]', '{ a = "b" }', '""', "1979-05-27", "[[]]"]),
).map(str)


@given(st.text())
@example("[" * 20_000)
@example("a = " + "[" * 20_000)
@example("a = " + "9" * 5_000)
@example('shows."\ud800" = 1')
def test_any_text_is_refused_with_its_problems_and_nothing_else(text: str) -> None:
    _, problems = read_rules(text)
    assert problems
    with pytest.raises(RulesError) as raised:
        load_rules(text)
    assert raised.value.problems == problems
    assert all(problem.place and problem.found and problem.expected for problem in problems)


@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "twice", "cut"])), max_size=4))
def test_a_damaged_file_is_read_or_refused_with_its_problems(damages: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for index, damage in damages:
        lines[index] = {"drop": "", "twice": lines[index] * 2, "cut": lines[index][: len(lines[index]) // 2] + "\n"}[
            damage
        ]
    rules, problems = read_rules("".join(lines))
    assert problems or "undlm" in rules.shows


@given(st.integers(0, len(LINES) - 1), TOML_VALUES)
def test_a_value_of_any_type_is_read_or_refused_with_its_problems(index: int, value: str) -> None:
    lines = list(LINES)
    key, equals, _ = lines[index].partition("=")
    if equals and not key.startswith("#"):
        lines[index] = f"{key}= {value}\n"
    rules, problems = read_rules("".join(lines))
    assert problems or "undlm" in rules.shows


@given(PATHS)
def test_every_path_is_routed_rejected_or_unwatched_with_a_reason(path: str) -> None:
    match route(RULES, path):
        case Routed():
            pass
        case Rejected(why=why, expected=expected, channel=channel):
            assert why
            assert expected
            assert channel in RULES.channels
        case Unwatched(reason=reason):
            assert reason


@given(PATHS)
def test_frameio_takes_every_folder_and_name_that_comes_out(path: str) -> None:
    outcome = route(RULES, path)
    if isinstance(outcome, Routed):
        for name in (*outcome.destination.folder, outcome.destination.name):
            assert mistake_in_name(name) is None
            assert unicodedata.is_normalized("NFC", name)


@given(PATHS, st.sampled_from([str.lower, str.upper, str.swapcase]))
def test_case_does_not_count(path: str, respell: Callable[[str], str]) -> None:
    other = respell(path)
    if folded(other) == folded(path):  # not so where capitals have more letters, as in ß
        _are_alike(path, other)


@given(PATHS, st.sampled_from(["NFC", "NFD"]))
def test_the_unicode_form_does_not_count(path: str, form: Literal["NFC", "NFD"]) -> None:
    assert route(RULES, path) == route(RULES, unicodedata.normalize(form, path))


def _are_alike(path: str, other: str) -> None:
    one, two = route(RULES, path), route(RULES, other)
    assert type(one) is type(two)
    if isinstance(one, Routed) and isinstance(two, Routed):
        without_name = {"name": ""}
        assert one.destination.model_copy(update=without_name) == two.destination.model_copy(update=without_name)
        assert folded(one.destination.name) == folded(two.destination.name)


SHOTS = st.tuples(st.integers(1, 25), st.integers(1, 99_999), st.integers(1, 999))


@given(SHOTS)
def test_a_right_name_goes_to_its_scene(shot: tuple[int, int, int]) -> None:
    sequence, number, version = shot
    outcome = route(RULES, f"{FOLDER}/{_right(sequence, number, version)}")
    assert isinstance(outcome, Routed)
    assert outcome.destination.folder[-1].startswith(f"SC{sequence:02d}_SEQ_")
    assert outcome.destination.version == version


@given(SHOTS, st.integers(1, 25), st.integers(1, 5), st.integers(1, 3))
def test_what_is_expected_of_a_wrong_name_is_right(
    shot: tuple[int, int, int], folder: int, shot_digits: int, version_digits: int
) -> None:
    sequence, number, version = shot
    name = f"SQ{sequence:02d}_UNDLM_{number:0{shot_digits}d}_v{version:0{version_digits}d}.mov"
    outcome = route(RULES, f"{FOLDER}/SQ{folder:02d}/UNDLM_{number:0{shot_digits}d}/{name}")
    if isinstance(outcome, Rejected):
        assert outcome.expected == _right(sequence, number, version)


def _right(sequence: int, number: int, version: int) -> str:
    return f"SQ{sequence:02d}/UNDLM_{number:05d}/SQ{sequence:02d}_UNDLM_{number:05d}_v{version:03d}.mov"
